#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "quantum/job.hpp"

#include "server/api_context.hpp"
#include "server/call.hpp"

namespace quantum::server {

/// Adds, replaces and deletes jobs of the API. Used on the API's thread.
class DefinitionRoutes {
public:
    explicit DefinitionRoutes(const ApiContext& context) : context_(context) {}

    void put(const CallRef& call);
    void remove(const CallRef& call);

private:
    /// What If-Match and If-None-Match ask for, compared with what there is.
    struct Wanted {
        std::uint32_t revision = 0;  ///< 0: there must be none
    };
    [[nodiscard]] std::optional<Wanted> precondition(const CallRef& call, const JobIndex& index,
                                                     const std::string& name);
    void read_job(const CallRef& call, const std::string& name, Wanted wanted);
    void store(const CallRef& call, Job job, Wanted wanted);

    const ApiContext& context_;
};

}  // namespace quantum::server
