/* The principal plane of samples whose axes are known. */
#include "check.h"
#include "transport/transport.h"

TEST(axes_of_a_cross)
{
    const float x[] = {5, 1, 1, -3, 1, 1, 1, 3, 1, 1, -1, 1};
    double mean[3], axes[6], share[2];
    OK(rc_principal_plane(x, 4, 3, mean, axes, share));
    for (int k = 0; k < 3; k++) {
        NEAR(mean[k], 1.0, 1e-12);
        NEAR(axes[k], k == 0 ? 1.0 : 0.0, 1e-12);
        NEAR(axes[3 + k], k == 1 ? 1.0 : 0.0, 1e-12);
    }
    NEAR(share[0], 0.8, 1e-12);
    NEAR(share[1], 0.2, 1e-12);
}

TEST(one_coordinate_and_one_point)
{
    const float x[] = {1, 2, 4};
    double mean[3], axes[6], share[2];
    OK(rc_principal_plane(x, 3, 1, mean, axes, share));
    CHECK(axes[0] == 1.0 && axes[1] == 0.0 && share[1] == 0.0);
    OK(rc_principal_plane(x, 1, 3, mean, axes, share));
    CHECK(share[0] == 0.0 && share[1] == 0.0);
    FAILS(RC_SHAPE, "at least one", rc_principal_plane(x, 0, 3, mean, axes, share));
}

int main(void)
{
    RUN(axes_of_a_cross);
    RUN(one_coordinate_and_one_point);
    return RESULT();
}
