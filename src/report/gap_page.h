/* report/gap_page.h: what `recraft align` has measured, as a page. */
#ifndef RC_REPORT_GAP_PAGE_H
#define RC_REPORT_GAP_PAGE_H

#include "formats/json.h"

/* result: the object that rc_align gives. Atomic; the page needs nothing else. */
rc_status rc_gap_page_write(const rc_json *result, const char *path) RC_MUST_CHECK;

#endif
