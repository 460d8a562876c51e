/* The table of settings: defaults, ranges, unknown keys, and reading back what was written. */
#include "check.h"

#include "base/memory.h"
#include "formats/yaml.h"
#include "settings/config.h"
#include "transport/distances.h"

TEST(defaults_are_within_their_limits)
{
    rc_config c;
    rc_config_defaults(&c);
    for (int i = 0; i < rc_config_table_count; i++)
        OK(rc_config_set(&c, "test", rc_config_table[i].key, rc_config_table[i].initial));
    OK(rc_config_check(&c));
    CHECK(c.align.optimizer.lr == 1e-3 && c.fit.batch == 16 &&
          c.fit.optimizer.schedule == RC_SCHEDULE_COSINE);
    CHECK(c.source.tau == 0.4 && c.source.rho == 100);
}

/* A choice is kept as the number of its word, which its enum follows. */
TEST(choices_are_the_numbers_of_their_words)
{
    static const struct {
        const char *key, *word;
        int number;
    } one[] = {{"fit.optimizer", "adam", RC_OPTIMIZER_ADAM},
               {"fit.schedule", "step", RC_SCHEDULE_STEP},
               {"data.missing", "mean", RC_MISSING_MEAN},
               {"data.format", "words", RC_TEXT_WORDS},
               {"model.precision", "bf16", RC_PRECISION_BF16},
               {"fit.loss", "cox", RC_LOSS_COX},
               {"fit.threshold", "balanced", RC_THRESHOLD_BALANCED},
               {"data.normalise_x", "point", RC_NORMALISE_POINT},
               {"model.table", "columns", RC_TABLE_COLUMNS},
               {"model.channels", "apart", RC_CHANNELS_APART},
               {"model.head", "attention", RC_READS_ATTENTION},
               {"model.dense", "average", RC_DENSE_HEAD_AVERAGE},
               {"align.mode", "sequential", RC_ALIGN_SEQUENTIAL},
               {"align.weighting", "balanced", RC_WEIGHTING_BALANCED},
               {"align.distortion", "none", RC_DISTORTION_NONE},
               {"align.source_head", "plain", RC_PREDICTOR_PLAIN},
               {"align.label_distance", "exact", RC_BETWEEN_LABELS_EXACT},
               {"fit.class_weights", "balanced", RC_CLASS_WEIGHTS_BALANCED},
               {"fit.train", "lora", RC_TRAIN_LORA},
               {"fit.embedder", "freeze", RC_EMBEDDER_FREEZE},
               {"fit.head_start", "ridge", RC_HEAD_BEGINS_RIDGE},
               {"fit.decay_of", "all", RC_DECAY_OF_ALL},
               {"fit.opponents", "no", RC_SWITCH_NO},
               {"source.storage", "f32", RC_STORAGE_F32}};
    rc_config c;
    rc_config_defaults(&c);
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        rc_string word = {0};
        int row = 0, number;
        OK(rc_config_set(&c, "test", one[i].key, one[i].word));
        OK(rc_config_get(&c, "test", one[i].key, &word));
        CHECK(strcmp(word.data, one[i].word) == 0);
        while (strcmp(rc_config_table[row].key, one[i].key) != 0)
            row++;
        memcpy(&number, (const char *)&c + rc_config_table[row].offset, sizeof number);
        CHECK(number == one[i].number);
        rc_string_free(&word);
    }
    CHECK(strcmp(rc_distance_table[c.align.distance]->name, "sinkhorn") == 0);
    OK(rc_config_set(&c, "test", "align.distance", "none"));
    CHECK(!rc_distance_table[c.align.distance]);
}

TEST(what_is_written_is_read_back)
{
    rc_config a, b;
    rc_string first = {0}, second = {0};
    rc_yaml y;
    rc_config_defaults(&a);
    OK(rc_config_assign(&a, "fit.lr=0.1"));
    OK(rc_config_assign(&a, "seed=77"));
    OK(rc_config_assign(&a, "fit.flip=yes"));
    OK(rc_config_write(&a, &first));
    rc_config_defaults(&b);
    OK(rc_yaml_parse("x", first.data, first.length, &y));
    CHECK((int)y.count == rc_config_table_count);
    for (size_t i = 0; i < y.count; i++)
        OK(rc_config_set(&b, "x", y.entry[i].key, y.entry[i].value));
    rc_yaml_free(&y);
    OK(rc_config_write(&b, &second));
    CHECK(strcmp(first.data, second.data) == 0);
    CHECK(b.fit.flip && b.seed == 77 && b.fit.optimizer.lr == 0.1);
    rc_string_free(&first);
    rc_string_free(&second);
}

TEST(wrong_settings_are_named)
{
    rc_config c;
    rc_config_defaults(&c);
    FAILS(RC_CONFIG, "did you mean align.epsilon?", rc_config_assign(&c, "align.epsilom=1"));
    FAILS(RC_CONFIG, "no setting \"nonsense\"", rc_config_assign(&c, "nonsense=1"));
    FAILS(RC_CONFIG, "from 0 to 0.9", rc_config_assign(&c, "data.valid_fraction=2"));
    FAILS(RC_CONFIG, "whole number", rc_config_assign(&c, "fit.batch=1.5"));
    FAILS(RC_CONFIG, "joint|sequential", rc_config_assign(&c, "align.mode=sequ"));
    FAILS(RC_CONFIG, "true or false", rc_config_assign(&c, "fit.flip=maybe"));
    OK(rc_config_assign(&c, "fit.epochs=3"));
    OK(rc_config_assign(&c, "fit.warmup=5"));
    FAILS(RC_CONFIG, "fit.warmup", rc_config_check(&c));
}

TEST(a_setting_is_known_by_its_earlier_name)
{
    rc_config c;
    rc_config_defaults(&c);
    OK(rc_config_assign(&c, "source.most_cost=0.25"));
    CHECK(c.source.max_cost == 0.25);
}

static rc_status checked(const char *const *assignments, rc_config *c)
{
    rc_config_defaults(c);
    for (; *assignments; assignments++)
        RC_TRY(rc_config_assign(c, *assignments));
    return rc_config_check(c);
}

TEST(a_default_warm_up_gives_way)
{
    rc_config c;
    OK(checked((const char *[]){"fit.epochs=1", NULL}, &c));
    CHECK(c.fit.optimizer.warmup == 0.5);
    OK(checked((const char *[]){"fit.epochs=3", NULL}, &c));
    CHECK(c.fit.optimizer.warmup == 2);
    OK(checked((const char *[]){"fit.decay=1", NULL}, &c));
    CHECK(c.fit.optimizer.warmup == 0.5);
    FAILS(RC_CONFIG, "fit.warmup is 2 epochs, but fit.epochs is only 1",
          checked((const char *[]){"fit.epochs=1", "fit.warmup=2", NULL}, &c));
    FAILS(RC_CONFIG, "fit.decay is 1 epochs; it must be after fit.warmup, which is 2",
          checked((const char *[]){"fit.decay=1", "fit.warmup=2", NULL}, &c));
    /* What a task's recipe says is a default. */
    rc_config_defaults(&c);
    OK(rc_config_assign(&c, "fit.warmup=5"));
    rc_config_take_as_defaults(&c);
    OK(rc_config_assign(&c, "fit.epochs=4"));
    OK(rc_config_check(&c));
    CHECK(c.fit.optimizer.warmup == 2);
}

int main(void)
{
    RUN(defaults_are_within_their_limits);
    RUN(choices_are_the_numbers_of_their_words);
    RUN(what_is_written_is_read_back);
    RUN(wrong_settings_are_named);
    RUN(a_setting_is_known_by_its_earlier_name);
    RUN(a_default_warm_up_gives_way);
    return RESULT();
}
