/* base/given.h: what a caller of the library has to give. Public functions ask before they do anything. */
#ifndef RC_BASE_GIVEN_H
#define RC_BASE_GIVEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

/* Fail where one of these pointers is NULL: of the function that asks, by the names of its parameters, which
 * are those of the header; or of a struct, RC_FIELDS("rc_predict_options", o->run, o->input). */
#define RC_ARGUMENTS(...) RC__GIVEN("argument", __func__, __VA_ARGS__)
#define RC_FIELDS(of, ...) RC__GIVEN("field", of, __VA_ARGS__)
#define RC__GIVEN(what, of, ...)                                               \
    rc_check_given(what, of, #__VA_ARGS__, (const void *const[]){__VA_ARGS__}, \
                   sizeof((const void *const[]){__VA_ARGS__}) / sizeof(void *))
rc_status rc_check_given(const char *what, const char *of, const char *names, const void *const *given,
                         size_t n) RC_MUST_CHECK;
/* The same of n texts in an array, which may be NULL where n is 0; name: "rc_make_options.set". */
rc_status rc_check_texts(const char *name, const char *const *texts, int64_t n) RC_MUST_CHECK;

#endif
