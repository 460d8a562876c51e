/* fetch/download_folder.h: where files arrive before they are used. Unlike a folder of base/folder.h, which
 * goes when what it is for fails, it stays when a download breaks off: the next attempt continues there. */
#ifndef RC_FETCH_DOWNLOAD_FOLDER_H
#define RC_FETCH_DOWNLOAD_FOLDER_H

#include "base/failure.h"

/* The folder, made if need be, for this process alone until `lock` is closed; -1 after a failure. */
rc_status rc_download_folder_open(const char *folder, int *lock) RC_MUST_CHECK;

#endif
