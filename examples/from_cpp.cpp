// The library from C++: the distance between two samples, an exact plan, and a failure as an exception.
#include <cstdint>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

#include <recraft/recraft.h>

namespace {

void check(rc_status status)
{
    if (status != RC_OK) throw std::runtime_error(rc_error_text());
}

struct release {
    void operator()(rc_context *context) const { rc_context_destroy(&context); }
};

} // namespace

int main()
{
    rc_context *made = nullptr;
    check(rc_context_create(&made));
    std::unique_ptr<rc_context, release> context(made);

    std::vector<double> a{0, 1, 2}, b{1, 5}, weights{1, 2}, plan(6);
    rc_view va = RC_VIEW(a.data(), RC_DTYPE_F64, 3, 1), vb = RC_VIEW(b.data(), RC_DTYPE_F64, 2, 1);
    rc_view vw = RC_VIEW(weights.data(), RC_DTYPE_F64, 2), vp = RC_VIEW(plan.data(), RC_DTYPE_F64, 3, 2);
    rc_points from = RC_POINTS_INIT, to = RC_POINTS_INIT;
    from.x = &va, to.x = &vb, to.weights = &vw;
    rc_distance_result result = RC_DISTANCE_RESULT_INIT;
    check(rc_distance_between(context.get(), "w1", &from, &to, nullptr, nullptr, &vp, &result));
    std::cout << "w1 " << result.value << ", mass from the first point to the first: " << plan[0] << "\n";

    try {
        check(rc_distance_between(context.get(), "euclid", &from, &to, nullptr, nullptr, nullptr, &result));
    } catch (const std::runtime_error &error) {
        std::cout << "refused: " << error.what() << "\n";
        return 0;
    }
    return 1;
}
