#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "quantum/schedule.hpp"
#include "quantum/verify.hpp"

#include "verify/model_scheduler.hpp"

/// The scheduler that makes no mistakes: see model_scheduler.hpp. One object a history.
namespace quantum::verify::test {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Text {
    const char* text;
    Dialect dialect;
    Duration period{};  // of an interval that is no text
};

struct ModelJob {
    std::string name;
    std::vector<JobRevision> revisions;
    std::vector<Schedule> schedules;      // of the revision in force
    std::vector<Schedule> with_gap_rows;  // where gaps are left out: the same with them
    WallTime cursor;                      // everything due up to here is decided
    WallTime last_due;                    // the latest due time that has an entry
    WallTime accepted;
    std::uint32_t first_revision = 1;  // of this job of the name
    bool exists = false;
    std::vector<std::size_t> running;  // entries
    std::optional<WallTime> paused_since;

    [[nodiscard]] const JobRevision& now() const { return revisions.back(); }
};

struct Waiting {
    std::size_t entry;
    std::size_t job;
    BootTime not_before;
    bool for_place = false;
    bool retry = false;  // it has run before
    bool in_line = false;
};
class Model {
public:
    Model(std::uint64_t seed, const ModelOptions& options) : random_(seed), options_(options) {}

    History run();

private:
    static constexpr BootTime never = BootTime::max();

    struct Event {
        BootTime at;
        std::uint64_t order;
        std::function<void()> action;
        bool operator<(const Event& other) const {
            return std::pair(at, order) > std::pair(other.at, other.order);
        }
    };

    std::int64_t pick(std::int64_t low, std::int64_t high);
    bool chance(int percent) { return pick(1, 100) <= percent; }
    Duration between(Duration low, Duration high);
    template <class Array>
    const auto& any(const Array& values) {
        return values[static_cast<std::size_t>(
            pick(0, static_cast<std::int64_t>(values.size()) - 1))];
    }

    WallTime wall() const { return WallTime(boot_.time_since_epoch()) + offset_; }
    void plan(BootTime at, std::function<void()> action);
    ExecutionId new_id();

    // ---- the world ----

    void set_up();
    Text draw_text();
    JobRevision new_definition(std::size_t job);

    // ---- definitions ----

    void accept(std::size_t index, JobRevision revision);
    static bool is_running(const ScheduleText& text);
    static bool is_running(const JobRevision& revision);
    std::optional<WallTime> next_run(const ModelJob& job, WallTime after) const;
    // Runs and the rows of what a gap left out.
    std::optional<WallTime> next_slot(const ModelJob& job, WallTime after) const;
    bool is_run(const ModelJob& job, WallTime due) const;

    // ---- due times ----

    BootTime next_due() const;
    // Everything due by now, oldest first within a job. What is due up to `missed_until` is missed.
    void decide_all(WallTime missed_until);
    void decide(std::size_t index, WallTime missed_until);
    // The next due time ends the attempts at those before it, but not at what was lost.
    void end_retries(std::size_t index);
    // No further attempt: it ended as the last one did.
    void give_up(std::size_t number);
    bool in_grace(const ModelJob& job, WallTime due) const;
    void recover(std::size_t index, const JobRevision& revision,
                 const std::vector<WallTime>& missed);
    Entry& add_entry(std::size_t index, WallTime due, ExecutionKind kind, EntryState state);
    // Due times that share a fate without running: one row, or a row each.
    void row(std::size_t index, const std::vector<WallTime>& due, EntryState state,
             SkipReason reason, std::optional<ExecutionId> cover = std::nullopt);

    // ---- runs ----

    bool retries(std::size_t index) const;
    bool waits(std::size_t index) const;
    void admit(std::size_t index, WallTime due, ExecutionKind kind,
               std::optional<ExecutionId> id = std::nullopt);
    // In line: one of several missed runs, that follow one another.
    void claim(std::size_t index, WallTime due, ExecutionKind kind, std::optional<ExecutionId> id,
               bool in_line);
    void refuse(std::size_t index, WallTime due, ExecutionKind kind, std::optional<ExecutionId> id);
    void make_room(std::size_t index);
    void drop_waiting(std::size_t index, SkipReason reason);
    void start_waiting();
    void start(std::size_t index, std::size_t number);
    void attempt(std::size_t index, std::size_t number);
    // Unless the next due time comes first.
    void try_again(std::size_t index, std::size_t number);
    void wake_at(BootTime at);
    const JobRevision& revision_of(std::size_t index, std::size_t number) const;
    std::uint32_t retries_of(std::size_t index, std::size_t number) const;
    bool reruns(std::size_t index, std::size_t number) const;
    void end_run(std::size_t index, std::size_t number, EntryState state);

    // ---- trouble ----

    BootTime some_time() { return boot_ + between(Duration(0), end_ - boot_); }

    void plan_outages();
    void break_down(OutageKind kind, Duration length);
    void come_back();
    void restart();
    // What was missed under the old definition is passed over.
    void supersede(std::size_t index);
    void plan_steps();
    // Where it was told at once, what was due by then is decided.
    void set_clock(Duration size);
    void look_at_clock();
    // Up to where, at most `until`, nothing is left to be decided.
    WallTime decided_until(WallTime until) const;
    void step(Duration size, StepNote note);
    void note_watermark();

    // ---- changes by people ----

    void plan_changes();
    void change(std::size_t index, std::int64_t what, bool due_first);
    void resume(std::size_t index);

    // ---- the end ----

    History finish();
    std::mt19937_64 random_;
    ModelOptions options_;
    History history_;
    std::vector<ModelJob> jobs_;
    std::priority_queue<Event> events_;
    std::uint64_t order_ = 0;
    std::uint64_t ids_ = 0;
    std::string zone_;
    int length_class_ = 0;
    BootTime boot_;
    BootTime end_;
    Duration offset_{};        // of the wall clock
    Duration known_offset_{};  // as the scheduler looked at it last
    bool up_ = true;
    bool dies_soon_ = false;
    bool stretches_ = true;
    bool pass_stays_ = false;
    bool used_is_told_ = true;
    bool watermarks_are_seen_ = true;
    std::uint32_t pass_ = 0;
    std::uint32_t whole_pass_ = 0;
    WallTime used_ = WallTime::min();
    WallTime watermark_{};
    std::uint32_t running_ = 0;
    std::vector<Waiting> waiting_;
    std::set<std::size_t> past_next_;  // entries whose attempts the next due time does not end
    std::map<std::size_t, std::size_t> attempts_;  // entry -> its latest witness
    std::map<std::size_t, BootTime> started_;      // entry -> its latest start
    std::map<std::size_t, WallTime> began_;        // entry -> the true start of its first attempt
    std::vector<std::size_t> stranded_;
    std::optional<Outage> outage_;
};

}  // namespace quantum::verify::test
