/* Within optim/: can gradients go from device to device without the host (tensor/bridge.h)? On all ranks they
 * do, or on none. */
#ifndef RC_OPTIM_CROSSING_H
#define RC_OPTIM_CROSSING_H

#include "tensor/device.h"

enum { RC_CROSSING_WORDS = 600 };

/* All ranks call it, each with its device. words, the same on all: by what they go, or why they do not; "":
 * no device has a bridge. Fails where the ranks are out of touch. */
rc_status rc__crossing_agree(rc_device *d, bool *crosses, char words[RC_CROSSING_WORDS]) RC_MUST_CHECK;

#endif
