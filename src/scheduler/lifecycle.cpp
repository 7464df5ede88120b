#include "scheduler/lifecycle.hpp"

#include <algorithm>
#include <string>

#include "base/assert.hpp"
#include "base/deadline.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

/// What a stop may take beyond the time that runs are given, and how much of it is for the end of
/// the pipeline.
constexpr Duration stop_takes = std::chrono::milliseconds(100);
constexpr Duration teardown_takes = std::chrono::milliseconds(30);

Result<StopReport> report_of(Result<DrainRequest::Drained> drained) {
    if (!drained) return tl::unexpected(std::move(drained).error());
    return StopReport{drained->ended_by_force, drained->lost, drained->unstored};
}

Duration left_until(std::chrono::steady_clock::time_point end) {
    return std::max(std::chrono::ceil<Duration>(end - std::chrono::steady_clock::now()),
                    Duration::zero());
}

}  // namespace

Lifecycle::Use::~Use() {
    pipeline_.reset();
    if (life_ == nullptr) return;
    const base::MutexLock lock(life_->mutex_);
    if (--life_->calls_ == 0) life_->changed_.notify_all();
}

Error Lifecycle::error(ErrorCode code, std::string_view what) const {
    return {code, "scheduler '" + config_.name + "'" + std::string(what)};
}

Error Lifecycle::still_stopping() const {
    return error(ErrorCode::timed_out,
                 " has not stopped in time, because something that it calls has not returned; it "
                 "goes on stopping, and `stop` may be called again");
}

Error Lifecycle::cannot_wait() const {
    return error(ErrorCode::unavailable,
                 ": called on a thread that cannot wait for the pipeline, because it would have to "
                 "run it");
}

Status Lifecycle::check_caller() const {
    if (!hub_->is_calling()) return {};
    return tl::unexpected(error(ErrorCode::unavailable,
                                ": called from one of its telemetry listeners or its log sink"));
}

Status Lifecycle::check_thread() const {
    if (!pipeline_ || mutated(SchedulerMutant::pipeline_waits_for_itself)) return {};
    if (!pipeline_->is_in_turn() && pipeline_->waiting() != Waiting::refuse) return {};
    return tl::unexpected(cannot_wait());
}

Status Lifecycle::check_call() const {
    if (Status may_call = check_caller(); !may_call) return may_call;
    const base::MutexLock lock(mutex_);
    return check_thread();
}

Status Lifecycle::wait_for_start(Duration timeout) const {
    if (starter_ == std::this_thread::get_id()) {
        return tl::unexpected(
            error(ErrorCode::unavailable, ": called by what it calls while it starts"));
    }
    const bool forever = mutated(SchedulerMutant::start_is_waited_for);
    const RealTime end = base::real_end(forever ? Duration::max() : timeout);
    while (starter_) {
        if (changed_.wait_until(mutex_, end) == std::cv_status::timeout && starter_) {
            return tl::unexpected(error(ErrorCode::timed_out, " has not started in time"));
        }
    }
    return {};
}

Lifecycle::Use Lifecycle::enter() const {
    ++calls_;
    return {*this, pipeline_};
}

Result<Lifecycle::Use> Lifecycle::use() const {
    if (Status may_call = check_caller(); !may_call) return tl::unexpected(may_call.error());
    const base::MutexLock lock(mutex_);
    if (Status may_wait = check_thread(); !may_wait) return tl::unexpected(may_wait.error());
    if (Status over = wait_for_start(config_.timeout); !over) return tl::unexpected(over.error());
    if (!pipeline_ || stopping_) {
        return tl::unexpected(error(ErrorCode::unavailable, " is not running"));
    }
    return enter();
}

// Once its end is under way nothing is open any more, and nobody would wait for this call.
Result<Lifecycle::Use> Lifecycle::present() const {
    if (Status may_call = check_caller(); !may_call) return tl::unexpected(may_call.error());
    const base::MutexLock lock(mutex_);
    if (!pipeline_ || starter_ || tearing_down_) {
        return tl::unexpected(error(ErrorCode::unavailable, " is not running"));
    }
    return enter();
}

std::shared_ptr<const Pipeline> Lifecycle::pipeline() const {
    const base::MutexLock lock(mutex_);
    return pipeline_;
}

SchedulerState Lifecycle::state() const {
    const base::MutexLock lock(mutex_);
    if (stopping_) return SchedulerState::stopping;
    if (!pipeline_ || starter_) return SchedulerState::stopped;
    return pipeline_->is_alive() ? SchedulerState::running : SchedulerState::failed;
}

Result<bool> Lifecycle::keep_early(const std::function<void(EarlyJobs&)>& keep) {
    if (Status may_call = check_caller(); !may_call) return tl::unexpected(may_call.error());
    const base::MutexLock lock(mutex_);
    if (Status may_wait = check_thread(); !may_wait) return tl::unexpected(may_wait.error());
    if (Status over = wait_for_start(config_.timeout); !over) return tl::unexpected(over.error());
    if (pipeline_ || stopping_) return false;
    keep(early_);
    return true;
}

// What is copied or destroyed of the user's is so without the lock.
Result<std::optional<Lifecycle::Use>> Lifecycle::keep_handler(const std::string& name,
                                                              Handler handler) {
    if (Status may_call = check_caller(); !may_call) return tl::unexpected(may_call.error());
    auto kept = std::make_shared<const Handler>(std::move(handler));
    auto before = kept;
    DefaultParts* parts = nullptr;
    std::optional<Use> now;
    {
        const base::MutexLock lock(mutex_);
        if (Status may_wait = check_thread(); !may_wait) return tl::unexpected(may_wait.error());
        if (Status over = wait_for_start(config_.timeout); !over) {
            return tl::unexpected(over.error());
        }
        if (stopping_) return tl::unexpected(error(ErrorCode::unavailable, " is stopping"));
        handlers_[name].swap(before);
        if (!pipeline_) return now;
        now.emplace(enter());
        parts = parts_.get();
    }
    if (parts != nullptr && !parts->add_handler(name, std::move(kept))) {
        return tl::unexpected(error(ErrorCode::invalid_argument,
                                    ": the runner that wrap_runner made takes no handlers"));
    }
    return now;
}

Result<Lifecycle::Starting> Lifecycle::begin_start() {
    if (Status may_call = check_caller(); !may_call) return tl::unexpected(may_call.error());
    std::vector<std::unique_ptr<DefaultParts>> unused;  // goes after the lock
    const base::MutexLock lock(mutex_);
    if (stopping_) return tl::unexpected(error(ErrorCode::already_exists, " is still stopping"));
    if (pipeline_ || starter_) {
        return tl::unexpected(error(ErrorCode::already_exists, " is already running"));
    }
    starter_ = std::this_thread::get_id();
    ++starts_;  // before there is anything that a stop of the life before could take for its own
    unused = retired_.take_unused();
    return Starting(*this, std::exchange(early_.jobs, {}), handlers_);
}

DefaultParts& Lifecycle::Starting::own(std::unique_ptr<DefaultParts> parts) {
    const base::MutexLock lock(life_->mutex_);
    life_->parts_ = std::move(parts);
    return *life_->parts_;
}

void Lifecycle::Starting::own(const std::shared_ptr<Pipeline>& pipeline) {
    const base::MutexLock lock(life_->mutex_);
    life_->pipeline_ = pipeline;
}

void Lifecycle::Starting::succeed() {
    Lifecycle& life = *std::exchange(life_, nullptr);
    const base::MutexLock lock(life.mutex_);
    life.starter_.reset();
    life.changed_.notify_all();
}

Lifecycle::Starting::~Starting() {
    if (life_ == nullptr) return;
    std::unique_ptr<DefaultParts> parts;
    std::shared_ptr<Pipeline> pipeline;  // goes first: it stands on the parts
    const base::MutexLock lock(life_->mutex_);
    life_->early_.jobs = std::move(jobs_);
    pipeline.swap(life_->pipeline_);
    parts.swap(life_->parts_);
    life_->starter_.reset();
    life_->changed_.notify_all();
}

void Lifecycle::drain(Duration timeout, DrainCall::Then then) {
    const auto call = std::make_shared<DrainCall>(std::move(then), hub_);
    std::optional<Use> now;
    {
        const base::MutexLock lock(mutex_);
        if (starter_) {
            call->set(tl::unexpected(error(ErrorCode::unavailable, " is starting")));
        } else if (pipeline_ || stopping_) {
            std::erase_if(drains_, [](const auto& one) { return one->is_told(); });
            drains_.push_back(call);
            if (tearing_down_) return;  // told when that is done
            now.emplace(enter());
        }
    }
    if (!now) return call->tell();
    Runtime& runtime = (*now)->runtime();
    (*now)->executions().call_then(DrainRequest{timeout, (*now)->config().kill_after},
                                   [this, call, &runtime](Result<DrainRequest::Drained> answer) {
                                       auto report = report_of(std::move(answer));
                                       if (report) {
                                           const base::MutexLock lock(mutex_);
                                           drained_ = *report;
                                       }
                                       call->set(std::move(report));
                                       if (mutated(SchedulerMutant::drained_in_a_turn))
                                           return call->tell();
                                       runtime.post(call);
                                   });
}

Result<StopReport> Lifecycle::stop(Duration timeout, bool for_good) {
    if (Status may_call = check_caller(); !may_call) return tl::unexpected(may_call.error());
    timeout = std::max(timeout, Duration::zero());
    Stop stop;
    const Duration longest = base::longer_by(timeout, config_.kill_after);
    if (Status begun = begin_stop(stop, base::longer_by(longest, stop_takes), for_good); !begun) {
        return tl::unexpected(begun.error());
    }
    Result<StopReport> report = StopReport{};
    if (stop.to_drain) {
        const auto& now = *stop.to_drain;
        const Duration kill_after = now->config().kill_after;
        const Duration limit = base::longer_by(timeout, kill_after);
        stop.end = base::real_end(base::longer_by(limit, stop_takes));
        report =
            report_of(now->executions().call(DrainRequest{timeout, kill_after, now->current_run()},
                                             base::longer_by(limit, stop_takes - teardown_takes)));
        const bool hangs = !report && report.error().code == ErrorCode::timed_out &&
                           now->waiting() == Waiting::block;
        if (hangs) return tl::unexpected(still_stopping());
        const base::MutexLock lock(mutex_);
        if (report) drained_ = *report;
    }
    stop.to_drain.reset();
    return tear_down(stop, std::move(report));
}

Status Lifecycle::begin_stop(Stop& stop, Duration longest, bool for_good) {
    stop.end = base::real_end(longest);
    const base::MutexLock lock(mutex_);
    if (pipeline_ && pipeline_->is_in_turn() &&
        !mutated(SchedulerMutant::pipeline_waits_for_itself)) {
        return tl::unexpected(cannot_wait());
    }
    if (starter_) {
        if (Status may_wait = check_thread(); !may_wait) return may_wait;
        if (Status over = wait_for_start(longest); !over) return over;
    }
    stop.life = starts_;
    if (!pipeline_) return {};
    if (pipeline_->waiting() == Waiting::refuse) {
        // Nobody else would run it. That is no matter where nothing is left to be waited for.
        const bool is_over = drained_ || for_good || !pipeline_->is_alive();
        if (!is_over || tearing_down_) return tl::unexpected(cannot_wait());
    } else if (!drained_ && !tearing_down_) {
        stop.to_drain.emplace(enter());
    }
    stopping_ = true;
    return {};
}

Result<StopReport> Lifecycle::tear_down(const Stop& stop, Result<StopReport> report) {
    std::shared_ptr<Pipeline> pipeline;
    {
        const base::MutexLock lock(mutex_);
        while (tearing_down_ && starts_ == stop.life) {
            const auto woken = changed_.wait_until(mutex_, stop.end);
            if (woken == std::cv_status::timeout && tearing_down_ && starts_ == stop.life) {
                return tl::unexpected(still_stopping());
            }
        }
        // Another thread has stopped it, and it may have been started again since.
        if (!pipeline_ || starts_ != stop.life) return report ? *report : StopReport{};
        if (drained_) report = *drained_;
        tearing_down_ = true;
        pipeline = pipeline_;
    }
    if (!end_pipeline(*pipeline, stop.end)) {
        const base::MutexLock lock(mutex_);
        tearing_down_ = false;
        changed_.notify_all();
        return tl::unexpected(still_stopping());
    }
    release(pipeline);
    return report;
}

/// All that has to be waited for. False: not in time, and it is to be called again.
bool Lifecycle::end_pipeline(Pipeline& pipeline, RealTime end) {
    if (!pipeline.stop_stages(left_until(end))) return false;
    DefaultParts* parts = nullptr;
    {
        const base::MutexLock lock(mutex_);
        while (calls_ > 0) {  // they fail now, one by one
            const auto woken = changed_.wait_until(mutex_, end);
            if (woken == std::cv_status::timeout && calls_ > 0) return false;
        }
        parts = parts_.get();
    }
    if (!hub_->close(left_until(end))) return false;
    return parts == nullptr || parts->stop_within(left_until(end));
}

void Lifecycle::release(const std::shared_ptr<Pipeline>& pipeline) {
    std::unique_ptr<DefaultParts> parts;
    {
        const base::MutexLock lock(mutex_);
        pipeline_.reset();
        parts.swap(parts_);
    }
    pipeline->release_stages();
    pipeline->outlive_runs(pipeline);
    if (parts && !pipeline->has_runs() && !parts->is_on_own_thread()) parts.reset();
    std::vector<std::shared_ptr<DrainCall>> untold;
    {
        const base::MutexLock lock(mutex_);
        if (parts) retired_.keep(std::move(parts), pipeline);
        drained_.reset();
        stopping_ = false;
        tearing_down_ = false;
        untold.swap(drains_);
        changed_.notify_all();
    }
    for (const auto& call : untold) call->tell();
}

void Lifecycle::end() {
    while (state() != SchedulerState::stopped) {
        const auto stopped = stop(Duration::zero(), true);
        // A scheduler cannot be destroyed by what it calls itself.
        QUANTUM_ASSERT(stopped || stopped.error().code != ErrorCode::unavailable ||
                       state() == SchedulerState::stopped);
    }
    std::vector<std::unique_ptr<DefaultParts>> all;  // goes after the lock
    const base::MutexLock lock(mutex_);
    all = retired_.take_all();
}

}  // namespace quantum::scheduler
