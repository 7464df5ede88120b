#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "server/api_context.hpp"
#include "server/call.hpp"

namespace quantum::server {

/// Answers from the ledger: executions, their output, revisions, the audit log. Used on the API's
/// thread; what it reads it reads on the reading thread.
class RecordRoutes {
public:
    explicit RecordRoutes(const ApiContext& context) : context_(context) {}

    void executions(const CallRef& call);
    void execution(const CallRef& call);
    void output(const CallRef& call);
    void revisions(const CallRef& call);
    void audit(const CallRef& call);

private:
    /// Null, and the call has failed: nothing is kept.
    [[nodiscard]] const Ledger* ledger(const CallRef& call) const;

    const ApiContext& context_;
};

}  // namespace quantum::server
