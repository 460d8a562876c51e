#include "importers/foreign.h"

#include "importers/file_list.h"

static const rc__foreign kinds[] = {
    {{".tif", ".tiff"}, "TIFF pictures", "mogrify -format png F (ImageMagick)"},
    {{".gif", ".bmp", ".webp", ".heic", ".ppm", ".pgm"},
     "pictures of another form than PNG and JPEG",
     "mogrify -format png F (ImageMagick)"},
    {{".dcm", ".dicom"}, "DICOM", "numpy.save('x.npy', pydicom.dcmread('F').pixel_array)"},
    {{".nii", ".nii.gz"}, "NIfTI", "numpy.save('x.npy', nibabel.load('F').get_fdata())"},
    {{".xlsx", ".xlsm", ".xls", ".ods"},
     "a spreadsheet",
     "pandas.read_excel('F').to_csv('table.csv', index=False)"},
    {{".parquet"}, "Parquet", "pandas.read_parquet('F').to_csv('table.csv', index=False)"},
    {{".feather"}, "Feather", "pandas.read_feather('F').to_csv('table.csv', index=False)"},
    {{".dta"}, "Stata", "pandas.read_stata('F').to_csv('table.csv', index=False)"},
    {{".sav"}, "SPSS", "pandas.read_spss('F').to_csv('table.csv', index=False)"},
    {{".sas7bdat"}, "SAS", "pandas.read_sas('F').to_csv('table.csv', index=False)"},
    {{".rds"}, "R", "write.csv(readRDS('F'), 'table.csv', row.names = FALSE)"},
    {{".pt", ".pth"},
     "PyTorch",
     "d = torch.load('F'); numpy.savez('d.npz', x=d['x'].numpy(), y=d['y'].numpy())"},
    {{".tfrecord", ".tfrecords"}, "TFRecords", "numpy.savez('d.npz', x=x, y=y) of what tf.data reads"},
    {{".mp3", ".m4a", ".aac", ".wma", ".opus"},
     "sounds of another form than WAV, FLAC and OGG",
     "ffmpeg -i F F.wav"},
    {{".mp4", ".avi", ".mov", ".mkv", ".webm"}, "video", "ffmpeg -i F frames/%05d.png"},
    {{".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst"},
     "packed",
     "tar -xf F, unzip F, gunzip F or zstd -d F"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const rc__foreign *rc__foreign_kind(const char *path)
{
    for (int i = 0; i < KINDS; i++)
        if (rc__has_suffix(path, kinds[i].suffixes)) return &kinds[i];
    return NULL;
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
