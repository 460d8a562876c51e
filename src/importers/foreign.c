#include "importers/foreign.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "formats/packed.h"
#include "importers/file_list.h"

#define PANDAS(read) "python3 -c \"import pandas; pandas." read "('@').to_csv('table.csv', index=False)\""
#define NUMPY(module, read) "python3 -c \"import numpy, " module "; numpy.save('x.npy', " read ")\""
#define MOGRIFY "mogrify -format png '@' (ImageMagick)"

static const rc__foreign kinds[] = {
    {{".tif", ".tiff"},
     "TIFF pictures",
     "mogrify -format png '@' (ImageMagick; 8 of 16 bits are then read), or all bits by " NUMPY(
         "tifffile", "tifffile.imread('@')")},
    {{".gif", ".bmp", ".webp", ".heic", ".ppm", ".pgm"},
     "pictures of another form than PNG and JPEG",
     MOGRIFY},
    {{".dcm", ".dicom"}, "DICOM", NUMPY("pydicom", "pydicom.dcmread('@').pixel_array")},
    {{".nii", ".nii.gz"}, "NIfTI", NUMPY("nibabel", "nibabel.load('@').get_fdata()")},
    {{".xlsx", ".xlsm", ".xls", ".ods"}, "a spreadsheet", PANDAS("read_excel")},
    {{".parquet"}, "Parquet", PANDAS("read_parquet")},
    {{".feather", ".arrow"}, "Arrow (Feather)", PANDAS("read_feather")},
    {{".dta"}, "Stata", PANDAS("read_stata")},
    {{".sav"}, "SPSS", PANDAS("read_spss")},
    {{".sas7bdat"}, "SAS", PANDAS("read_sas")},
    {{".rds"}, "R", "Rscript -e \"write.csv(readRDS('@'), 'table.csv', row.names = FALSE)\""},
    {{".safetensors"},
     "safetensors",
     "python3 -c \"import numpy, safetensors.numpy as s; numpy.savez('d.npz', **s.load_file('@'))\""},
    {{".pt", ".pth"},
     "PyTorch",
     "python3 -c \"import numpy, torch; d = torch.load('@'); numpy.savez('d.npz', x=d['x'].numpy(), "
     "y=d['y'].numpy())\", with the names that are in it"},
    {{".tfrecord", ".tfrecords"}, "TFRecords", "numpy.savez('d.npz', x=x, y=y) of what tf.data reads"},
    {{".mp3", ".m4a", ".aac", ".wma", ".opus"},
     "sounds of another form than WAV, FLAC and OGG",
     "ffmpeg -i '@' '@.wav'"},
    {{".mp4", ".avi", ".mov", ".mkv", ".webm"}, "video", "ffmpeg -i '@' frames/%05d.png"},
    {{".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst"}, "packed", "tar -xf, unzip, gunzip or zstd -d"},
};
enum { KINDS = sizeof kinds / sizeof *kinds, PIECE = 4096, HEAD = 384, ZIP_NAME = 30, LONGEST_PATH = 200 };

/* What files hold, whatever they are called: the bytes, where they are, and a name of their kind. None of
 * them are how a table may begin: "PAR1" and "FEA1" would be names of columns. */
static const struct {
    const char *bytes;
    size_t n, at;
    const char *name;
} signatures[] = {
    {"II*\0", 4, 0, "x.tif"},
    {"MM\0*", 4, 0, "x.tif"},
    {"II+\0", 4, 0, "x.tif"},
    {"MM\0+", 4, 0, "x.tif"},
    {"GIF87a", 6, 0, "x.gif"},
    {"GIF89a", 6, 0, "x.gif"},
    {"DICM\2\0", 6, 128, "x.dcm"},
    {"n+1\0", 4, 344, "x.nii"},
    {"ni1\0", 4, 344, "x.nii"},
    {"n+2\0\r\n\x1a\n", 8, 4, "x.nii"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, "x.xls"},
    {"PAR1\x15", 5, 0, "x.parquet"},
    {"ARROW1\0\0", 8, 0, "x.feather"},
    {"FEA1\0\0\0\0", 8, 0, "x.feather"},
    {"<stata_dta>", 11, 0, "x.dta"},
    {"$FL2@(#)", 8, 0, "x.sav"},
    {"\0\0\0{\"", 5, 5, "x.safetensors"},
    {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14, 0, "x.pt"}, /* of PyTorch before 1.6 */
    {"1AY&SY", 6, 4, "x.bz2"},
    {"\xfd\x37zXZ\0", 6, 0, "x.xz"},
    {"ustar\0", 6, 257, "x.tar"},
    {"ustar  \0", 8, 257, "x.tar"},
};
enum { SIGNATURES = sizeof signatures / sizeof *signatures };

const rc__foreign *rc__foreign_kind(const char *path)
{
    for (int i = 0; i < KINDS; i++)
        if (rc__has_suffix(path, kinds[i].suffixes)) return &kinds[i];
    return NULL;
}

/* By the first entry of an archive: those of NumPy are archives, too. */
static const char *name_of_zip(const unsigned char head[HEAD])
{
    char name[HEAD];
    size_t n = head[26] | (size_t)head[27] << 8;
    if (memcmp(head, "PK\3\4", 4) != 0 || ZIP_NAME + n >= HEAD) return NULL;
    snprintf(name, sizeof name, "%.*s", (int)n, (const char *)head + ZIP_NAME);
    bool office = strcmp(name, "[Content_Types].xml") == 0 || strncmp(name, "xl/", 3) == 0 ||
                  strncmp(name, "_rels/", 6) == 0 || strncmp(name, "docProps/", 9) == 0;
    if (office || strcmp(name, "mimetype") == 0) return "x.xlsx";
    return rc_path_has_suffix(name, "/data.pkl") ? "x.pt" : NULL;
}

rc_status rc__foreign_file(const char *path, const rc__foreign **out)
{
    unsigned char bytes[PIECE], head[HEAD] = {0};
    size_t n;
    RC_TRY(rc_file_read_head(path, sizeof bytes, bytes, &n));
    if (rc_packed_is(bytes, n))
        rc_packed_head(bytes, n, head, sizeof head);
    else
        memcpy(head, bytes, n < HEAD ? n : HEAD);
    const char *name = name_of_zip(head);
    for (int i = 0; i < SIGNATURES && !name; i++)
        if (memcmp(head + signatures[i].at, signatures[i].bytes, signatures[i].n) == 0)
            name = signatures[i].name;
    bool text =
        rc__has_text_suffix(path, rc__table_suffixes) || rc__has_text_suffix(path, rc__sequence_suffixes);
    *out = name || !text ? rc__foreign_kind(name ? name : path) : NULL; /* text may be packed */
    return RC_OK;
}

/* A path goes in as it is where no shell and no Python would take a part of it for its own. */
const char *rc__foreign_how(const rc__foreign *f, const char *path, char line[RC__FOREIGN_LINE])
{
    bool plain = path && strlen(path) <= LONGEST_PATH && strcspn(path, "'\"\\$`!\r\n") == strlen(path);
    size_t n = 0;
    for (const char *at = f->how; *at && n < RC__FOREIGN_LINE;) {
        size_t until = strcspn(at, "@");
        n += (size_t)snprintf(line + n, RC__FOREIGN_LINE - n, "%.*s%s", (int)until, at,
                              !at[until] ? ""
                              : plain    ? path
                                         : "FILE");
        at += until + (at[until] == '@');
    }
    return line;
}

const rc__foreign *rc__foreign_max(const rc_texts *files, int64_t *count)
{
    int64_t of_kind[KINDS] = {0};
    int max = 0;
    for (int64_t i = 0; i < files->n; i++) {
        const rc__foreign *f = rc__foreign_kind(rc_texts_get(files, i));
        if (f) of_kind[f - kinds]++;
    }
    for (int i = 1; i < KINDS; i++)
        if (of_kind[i] > of_kind[max]) max = i;
    *count = of_kind[max];
    return *count ? &kinds[max] : NULL;
}
