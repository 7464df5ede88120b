#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/call.hpp"
#include "server/engine.hpp"
#include "server/engine_calls.hpp"
#include "server/job_index.hpp"

namespace quantum::server {

/// Keeps the index of jobs: fills it when somebody first asks, from the engine and the ledger, and
/// then from the feed. Until then nothing is kept, and telemetry is dropped.
///
/// Used on the API's thread only.
class JobKeeper {
public:
    using Use = std::function<void(const CallRef&, const JobIndex&)>;

    JobKeeper(Engine& engine, EngineCalls& calls) : engine_(engine), calls_(calls) {}

    /// Calls `use` with the index, at once or when it is there.
    void with_jobs(const CallRef& call, Use use);

    void take(const Feed::Taken& taken);
    /// The index as it is, for whoever needs no more than what is known; it may be empty.
    [[nodiscard]] const JobIndex& index() const { return index_; }
    /// They are paused by this actor now.
    void note_pause(const std::vector<std::string>& jobs, const std::string& actor);
    /// Who paused a job; empty: nobody, or it is not known.
    [[nodiscard]] std::string paused_by(std::string_view job) const;

private:
    enum class State : std::uint8_t { empty, asked, ready };
    struct Waiting {
        CallRef call;
        Use use;
    };
    struct Past {
        std::vector<std::vector<Entry>> pages{};  ///< the newest first; each oldest first
        std::vector<AuditNote> notes{};
    };

    void ask(const CallRef& call);
    void ask_past(const CallRef& call);
    [[nodiscard]] Past read_past(WallTime since) const;
    void take_notes(const std::vector<AuditNote>& notes);
    void fail_all(const Error& error);
    void become_ready();

    Engine& engine_;
    EngineCalls& calls_;
    JobIndex index_;
    State state_ = State::empty;
    bool is_lost_ = false;  // events were dropped: the table is to be asked for again
    std::vector<Waiting> waiting_;
    std::unordered_map<std::string, std::string> paused_by_;
};

}  // namespace quantum::server
