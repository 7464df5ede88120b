#include "quantum/detail/stage/reason.hpp"

namespace quantum {
namespace {

std::string_view name_of(StopReason::Kind kind) {
    switch (kind) {
        case StopReason::Kind::normal:
            return "normal";
        case StopReason::Kind::shutdown:
            return "shutdown";
        case StopReason::Kind::error:
            return "error";
        case StopReason::Kind::killed:
            return "killed";
        case StopReason::Kind::not_running:
            return "not running";
    }
    return "unknown";
}

}  // namespace

std::string StopReason::to_string() const {
    std::string out(name_of(kind));
    if (!text.empty()) {
        out += ": ";
        out += text;
    }
    return out;
}

}  // namespace quantum
