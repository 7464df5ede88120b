#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/base_mutant.hpp"
#include "base/event_loop.hpp"
#include "base/kernel_timers.hpp"

namespace quantum::base {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

// Later than the kernel lets the clock be set (2232), before its nanoseconds overflow (2262).
constexpr WallTime far_future{seconds(8'835'955'200)};  // 2250-01-01

template <class Time>
Time read_clock(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return Time(
        std::chrono::floor<Duration>(seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec)));
}

template <class Time>
itimerspec absolute(Time due) {
    itimerspec spec{};
    // All zeros would stop the timer; a microsecond after the epoch has passed as well.
    const Duration since = std::max(due.time_since_epoch(),
                                    Duration(mutated(BaseMutant::early_instant_disarms) ? 0 : 1));
    const auto whole = std::chrono::floor<seconds>(since);
    spec.it_value.tv_sec = static_cast<time_t>(whole.count());
    spec.it_value.tv_nsec = static_cast<long>((since - whole).count() * 1000);
    return spec;
}

class TimerfdTimers final : public KernelTimers {
public:
    TimerfdTimers(EventLoop& loop, int wall, int boot)
        : shared_(std::make_shared<Shared>(loop, wall, boot)) {}

    // NOLINTNEXTLINE(bugprone-exception-escape): without memory to post, the program ends
    ~TimerfdTimers() override {
        // The descriptors belong to the strand; where the loop has stopped, they go with it.
        asio::post(shared_->strand, [shared = shared_] {
            shared->listener = nullptr;
            boost::system::error_code ignored;
            shared->wall.close(ignored);
            shared->boot.close(ignored);
        });
    }
    TimerfdTimers(const TimerfdTimers&) = delete;
    TimerfdTimers& operator=(const TimerfdTimers&) = delete;

    [[nodiscard]] WallTime wall_now() const override {
        return read_clock<WallTime>(CLOCK_REALTIME);
    }
    [[nodiscard]] BootTime boot_now() const override {
        return read_clock<BootTime>(CLOCK_BOOTTIME);
    }

    void arm_wall(WallTime due) override {
        const itimerspec spec = absolute(std::min(due, far_future));
        if (timerfd_settime(shared_->wall_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec,
                            nullptr) < 0 &&
            errno == ECANCELED) {
            // The clock was set meanwhile. The timer stands, but the readiness that would have
            // told so is gone.
            asio::post(shared_->strand, [shared = shared_] { shared->tell(Event::clock_set); });
        }
    }

    void arm_boot(std::optional<BootTime> due) override {
        const itimerspec spec = due ? absolute(*due) : itimerspec{};
        timerfd_settime(shared_->boot_fd, TFD_TIMER_ABSTIME, &spec, nullptr);
    }

    void listen(Listener listener) override {
        asio::post(shared_->strand, [shared = shared_, listener = std::move(listener)]() mutable {
            shared->listener = std::move(listener);
            shared->wait_for(shared->wall, Event::wall_expired);
            shared->wait_for(shared->boot, Event::boot_expired);
        });
    }

private:
    /// Outlives the timers until the last handler that names it has run.
    struct Shared : std::enable_shared_from_this<Shared> {
        Shared(EventLoop& loop, int wall_descriptor, int boot_descriptor)
            : strand(asio::make_strand(loop.context())),
              wall(strand, wall_descriptor),
              boot(strand, boot_descriptor),
              wall_fd(wall_descriptor),
              boot_fd(boot_descriptor) {}

        void tell(Event event) {
            if (listener) listener(event);
        }

        void wait_for(asio::posix::stream_descriptor& timer, Event expired) {
            timer.async_wait(
                asio::posix::stream_descriptor::wait_read,
                [self = shared_from_this(), &timer, expired](boost::system::error_code error) {
                    if (error) return;
                    std::uint64_t expirations = 0;
                    const auto got =
                        ::read(timer.native_handle(), &expirations, sizeof expirations);
                    if (got > 0) {
                        self->tell(expired);
                    } else if (errno == ECANCELED) {
                        self->tell(Event::clock_set);
                    }  // else: armed anew between readiness and read; nothing is due by it
                    if (self->listener) self->wait_for(timer, expired);
                });
        }

        asio::strand<asio::io_context::executor_type> strand;
        asio::posix::stream_descriptor wall;
        asio::posix::stream_descriptor boot;
        const int wall_fd;
        const int boot_fd;
        Listener listener;
    };

    std::shared_ptr<Shared> shared_;
};

}  // namespace

Result<std::unique_ptr<KernelTimers>> make_timerfd_timers(EventLoop& loop) {
    const int wall = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    const int wall_error = errno;
    const int boot = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    const int error = wall < 0 ? wall_error : errno;
    if (wall < 0 || boot < 0) {
        if (wall >= 0) ::close(wall);
        if (boot >= 0) ::close(boot);
        return fail(ErrorCode::io_error,
                    "cannot create a timer: " + std::generic_category().message(error));
    }
    return std::make_unique<TimerfdTimers>(loop, wall, boot);
}

}  // namespace quantum::base
