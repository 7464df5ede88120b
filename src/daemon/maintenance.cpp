#include "daemon/maintenance.hpp"

#include <atomic>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/mutex.hpp"
#include "daemon/log_text.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

constexpr Duration pause = std::chrono::milliseconds(50);
// Of the schedule; a step is put off for so long, and not for ever.
constexpr Duration quiet = std::chrono::milliseconds(200);
constexpr int most_delays = 20;
constexpr Duration between_cuts = std::chrono::seconds(1);

}  // namespace

struct Maintenance::Core : std::enable_shared_from_this<Core> {
    Core(SqliteStorage& its_storage, base::EventLoop& its_loop, Clock& its_clock,
         Logger& its_logger, UpkeepOptions its_options)
        : storage(its_storage),
          storage_loop(its_loop),
          clock(its_clock),
          logger(its_logger),
          options(its_options) {}

    SqliteStorage& storage;
    base::EventLoop& storage_loop;
    Clock& clock;
    Logger& logger;
    const UpkeepOptions options;

    std::atomic<bool> passing = false;
    std::atomic<BootTime> last_activity = BootTime();
    std::atomic<BootTime> next_pass = BootTime::max();
    std::atomic<BootTime> next_cut = BootTime::max();  // of what is too much
    int delays = 0;                                    // on the storage thread, while `passing`

    base::Mutex mutex;  // a leaf
    std::optional<Clock::TimerId> timer QUANTUM_GUARDED_BY(mutex);
    bool ended QUANTUM_GUARDED_BY(mutex) = false;
    std::jthread check;

    [[nodiscard]] bool is_too_much() const {
        return storage.kept_output() > options.keep_output_size &&
               !mutated(DaemonMutant::too_much_waits_an_hour);
    }

    void begin_pass() {
        if (passing.exchange(true)) return;
        post_step();
    }

    void post_step() {
        storage_loop.post([weak = weak_from_this()] {
            if (const auto core = weak.lock()) core->step();
        });
    }

    void step() {
        const bool busy = !is_too_much() && clock.boot_now() - last_activity.load() < quiet;
        if (busy && (delays < most_delays || mutated(DaemonMutant::busy_schedule_never_prunes))) {
            ++delays;
            go_on_after(quiet);
            return;
        }
        delays = 0;
        {
            const base::MutexLock lock(mutex);
            if (ended) return;
        }
        const WallTime now = clock.wall_now();
        const std::uint64_t kept = storage.kept_output();
        const auto more = storage.prune({.output_before = now - options.keep_output,
                                         .ledger_before = now - options.keep_ledger,
                                         .output_size = options.keep_output_size});
        if (kept > options.keep_output_size && storage.kept_output() <= options.keep_output_size) {
            LogLine line = logger.line(
                LogLevel::warning, "captured output exceeded its limit; the oldest was removed");
            line.number("kept_bytes", static_cast<std::int64_t>(storage.kept_output()))
                .number("limit_bytes", static_cast<std::int64_t>(options.keep_output_size));
            logger.write(line);
        }
        if (!more) logger.warn("old history could not be removed: " + more.error().message);
        if (more && *more && !mutated(DaemonMutant::pass_ends_after_one_step)) {
            go_on_after(pause);
            return;
        }
        if (!mutated(DaemonMutant::one_pass_a_life))
            next_pass = clock.boot_now() + options.between_passes;
        // What is open cannot go, and is not asked for all the time.
        next_cut = clock.boot_now() + between_cuts;
        passing = false;
    }

    void go_on_after(Duration delay) {
        const base::MutexLock lock(mutex);
        if (ended) return;
        timer = clock.wake_after(delay, [weak = weak_from_this()] {
            if (const auto core = weak.lock()) core->post_step();
        });
    }

    void check_pages(const std::stop_token& stop) {
        const BootTime begin = clock.boot_now();
        const Status sound = storage.ledger().quick_check(stop);
        if (sound) {
            LogLine line = logger.line(LogLevel::info, "the ledger is intact");
            line.duration("checked_in", clock.boot_now() - begin);
            logger.write(line);
        } else if (sound.error().code == ErrorCode::corrupt &&
                   !mutated(DaemonMutant::damage_is_a_warning)) {
            logger.error("the ledger is damaged; stop and restore a backup: " +
                         sound.error().message);
        } else if (!stop.stop_requested()) {
            logger.warn("the ledger could not be checked: " + sound.error().message);
        }
    }

    void end() {
        check.request_stop();
        {
            const base::MutexLock lock(mutex);
            ended = true;
            if (timer) clock.cancel(*timer);
        }
        if (check.joinable()) check.join();
    }
};

Maintenance::Maintenance(SqliteStorage& storage, base::EventLoop& storage_loop, Clock& clock,
                         Logger& logger, UpkeepOptions options)
    : core_(std::make_shared<Core>(storage, storage_loop, clock, logger, options)) {}

Maintenance::~Maintenance() { core_->end(); }

void Maintenance::start() {
    Core& core = *core_;
    if (!core.storage.was_stopped_cleanly() && !mutated(DaemonMutant::crash_looks_no_closer)) {
        core.logger.warn("the last shutdown was not clean; checking the ledger");
        core.check = std::jthread([&core](const std::stop_token& stop) { core.check_pages(stop); });
    }
    core.begin_pass();
}

void Maintenance::note_activity() {
    const BootTime now = core_->clock.boot_now();
    core_->last_activity = now;
    const bool cuts = now >= core_->next_cut.load() && core_->is_too_much();
    if (cuts || now >= core_->next_pass.load()) core_->begin_pass();
}

}  // namespace quantum::daemon
