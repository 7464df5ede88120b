#include "run/process/start_failure.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

#include "run/mutant.hpp"

namespace quantum::run {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

std::string limit_name(int resource) {
    switch (resource) {
        case RLIMIT_AS:
            return "address space";
        case RLIMIT_CPU:
            return "CPU time";
        case RLIMIT_NOFILE:
            return "open files";
        case RLIMIT_NPROC:
            return "processes";
        case RLIMIT_FSIZE:
            return "file size";
        case RLIMIT_CORE:
            return "core dumps";
        default:
            return "resource " + std::to_string(resource);
    }
}

}  // namespace

std::string quoted(std::string_view text) {
    return std::string(1, '\'').append(text).append(1, '\'');
}

std::string resource_reason(int error) {
    switch (error) {
        case EAGAIN:
            return "the process limit of the user or the machine has been reached (" +
                   reason(error) + ")";
        case ENOMEM:
            return "the machine is out of memory (" + reason(error) + ")";
        default:
            return reason(error);
    }
}

Error start_failure(const ChildPlan& plan, const SpawnRequest& request) {
    const auto error = [&](const std::string& what, const std::string& why) {
        return Error{ErrorCode::io_error, "cannot " + what + ": " + why};
    };
    switch (plan.failed_step) {
        case StartStep::given_up:
            return {ErrorCode::unavailable, "the start was given up"};
        case StartStep::descriptors:
            return error("connect standard input and output", reason(plan.failure));
        case StartStep::session:
            return error("start a session", reason(plan.failure));
        case StartStep::directory:
            return error("enter the working directory " + quoted(request.working_directory),
                         reason(plan.failure));
        case StartStep::control_group:
            return error("enter its control group", reason(plan.failure));
        case StartStep::scheduling:
            return error("give it the machine's own scheduling and OOM score",
                         reason(plan.failure));
        case StartStep::priority:
            return error("set nice " + std::to_string(*request.nice), reason(plan.failure));
        case StartStep::limits:
            return error("set the limit of " + limit_name(plan.failed_limit), reason(plan.failure));
        case StartStep::identity:
            if (!request.identity) {
                return error("give up capabilities", reason(plan.failure));
            }
            return error("become uid " + std::to_string(request.identity->user) + ", gid " +
                             std::to_string(request.identity->group) + " and nothing else",
                         reason(plan.failure));
        case StartStep::privileges:
            return error("give up new privileges", reason(plan.failure));
        case StartStep::program:
            break;
    }
    if (request.candidates.size() != 1 && plan.failure == ENOENT) {
        return error("run " + quoted(request.arguments[0]),
                     "not found in any directory of its PATH");
    }
    // Where PATH led is the value of a variable, which may stand in a file of secrets.
    const bool is_searched =
        request.arguments[0].find('/') == std::string::npos && !mutated(RunMutant::path_shown);
    const std::string& path = request.candidates[plan.failed_candidate];
    std::string why = resource_reason(plan.failure);
    if (plan.failure == ENOENT && access(path.c_str(), F_OK) == 0) {
        why = "its interpreter, named in its first line or header, was not found";
    }
    return is_searched ? error("run " + quoted(request.arguments[0]) + ", found by its PATH", why)
                       : error("run " + quoted(path), why);
}

}  // namespace quantum::run
