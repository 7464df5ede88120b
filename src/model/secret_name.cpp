#include "model/secret_name.hpp"

namespace quantum::model {

Status check_secret_name(const std::string& name) {
    const bool plain = name.find('/') == std::string::npos && !name.starts_with('.');
    if (!name.empty() && (name.front() == '/' || plain)) return {};
    return fail(
        ErrorCode::invalid_argument,
        "secret '" + name +
            "': must be an absolute path, or a name without '/' that does not start with '.'");
}

}  // namespace quantum::model
