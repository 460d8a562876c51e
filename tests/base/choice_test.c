/* Choices among words. */
#include "check.h"

#include "base/choice.h"

typedef enum meal { SOUP, SOUP_OF_DAY, BREAD } meal;
#define MEALS "soup|soup-of-day|bread"

TEST(words_are_found_whole)
{
    CHECK(rc_choice_find(MEALS, "soup") == SOUP);
    CHECK(rc_choice_find(MEALS, "soup-of-day") == SOUP_OF_DAY);
    CHECK(rc_choice_find(MEALS, "bread") == BREAD);
    static const char *const none[] = {NULL, "", "sou", "oup", "read", "Soup", "soup|", "soup|soup-of-day",
                                       MEALS};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(rc_choice_find(MEALS, none[i]) == -1);
}

TEST(a_number_has_the_word_it_was_made_of)
{
    char text[RC_CHOICE_TEXT];
    for (meal m = SOUP; m <= BREAD; m++)
        CHECK(rc_choice_find(MEALS, rc_choice_text(MEALS, (int)m, text)) == (int)m);
}

TEST(what_is_not_said_stays)
{
    meal m = BREAD;
    OK(rc_choice_take("\1meal", MEALS, NULL, &m));
    CHECK(m == BREAD);
    OK(rc_choice_take("\1meal", MEALS, "soup-of-day", &m));
    CHECK(m == SOUP_OF_DAY);
    FAILS(RC_CONFIG, "meal sop: takes soup, soup-of-day or bread",
          rc_choice_take("\1meal", MEALS, "sop", &m));
    CHECK(m == SOUP_OF_DAY);
}

int main(void)
{
    RUN(words_are_found_whole);
    RUN(a_number_has_the_word_it_was_made_of);
    RUN(what_is_not_said_stays);
    return RESULT();
}
