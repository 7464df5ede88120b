#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/api_context.hpp"
#include "server/call.hpp"

namespace quantum::server {

/// Answers about what runs and waits, and ends it. Used on the API's thread.
class RunRoutes {
public:
    explicit RunRoutes(const ApiContext& context) : context_(context) {}

    void list(const CallRef& call);
    void kill(const CallRef& call);
    void kill_many(const CallRef& call);

private:
    using Views = std::vector<scheduler::RunView>;
    /// Calls `use` with all open runs.
    void with_runs(const CallRef& call,
                   const std::function<void(const CallRef&, const Views&)>& use);
    void end(const CallRef& call, const std::vector<const scheduler::RunView*>& runs,
             const std::string& note);
    void stop(const CallRef& call, const std::vector<ExecutionId>& ids);

    const ApiContext& context_;
};

/// The open run that a text means: its whole ID, a unique ending, or a unique beginning of 8 digits
/// or more. Null: none, or several.
[[nodiscard]] const scheduler::RunView* find_run(const std::vector<scheduler::RunView>& runs,
                                                 std::string_view text);

}  // namespace quantum::server
