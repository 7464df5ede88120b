#include "model/secret_name.hpp"

namespace quantum {

Status check_secret_name(const std::string& name) {
    const bool plain = name.find('/') == std::string::npos && !name.starts_with('.');
    if (!name.empty() && (name.front() == '/' || plain)) return {};
    return fail(
        ErrorCode::invalid_argument,
        "secret '" + name + "': must be a name without '/' and '.' in front, or an absolute path");
}

}  // namespace quantum
