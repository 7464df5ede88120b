#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/api_context.hpp"
#include "server/call.hpp"

namespace quantum::server {

/// Pauses, resumes and triggers jobs, one or several. Used on the API's thread.
class ChangeRoutes {
public:
    explicit ChangeRoutes(const ApiContext& context) : context_(context) {}

    void pause(const CallRef& call);
    void resume(const CallRef& call);
    void trigger(const CallRef& call);
    void pause_many(const CallRef& call);
    void resume_many(const CallRef& call);
    void trigger_many(const CallRef& call);

private:
    using Names = std::vector<std::string>;
    /// Calls `use` with the jobs that a bulk request means, if there are as many as it expects.
    void with_selection(const CallRef& call,
                        const std::function<void(const CallRef&, const Names&)>& use);
    /// Calls `use` if there is a job of that name.
    void with_job(const CallRef& call,
                  const std::function<void(const CallRef&, const Names&)>& use);
    void set_pauses(const CallRef& call, const Names& names, std::optional<Pause> pause);
    void trigger_all(const CallRef& call, const Names& names);
    void fail_overlap(const CallRef& call, const std::string& name, const Error& error);

    const ApiContext& context_;
};

}  // namespace quantum::server
