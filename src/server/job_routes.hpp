#pragma once

#include <string>

#include "server/api_context.hpp"
#include "server/call.hpp"

namespace quantum::server {

/// Answers about jobs. Used on the API's thread.
class JobRoutes {
public:
    explicit JobRoutes(const ApiContext& context) : context_(context) {}

    void list(const CallRef& call);
    void show(const CallRef& call);
    void due(const CallRef& call);

private:
    void describe(const CallRef& call, scheduler::JobView view);
    void answer_page(const CallRef& call, const JobIndex& index, const JobFilter& filter,
                     JobOrder order);

    const ApiContext& context_;
};

/// Fails the call: there is no job of that name, and these are near.
void fail_no_job(const CallRef& call, const JobIndex& index, const std::string& name);

/// The filter that the query of a call describes; what is wrong is remembered in the call.
[[nodiscard]] JobFilter filter_of(Call& call);

}  // namespace quantum::server
