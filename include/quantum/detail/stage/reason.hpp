#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace quantum {

/// Why a stage stopped, or why a subscription ended.
struct StopReason {
    enum class Kind : std::uint8_t {
        normal,       ///< its work is done
        shutdown,     ///< it was asked to stop, usually by its supervisor
        error,        ///< it gave up, or a handler threw; `text` says why
        killed,       ///< it did not stop within the time allowed by its supervisor
        not_running,  ///< the other stage does not exist
    };

    Kind kind = Kind::normal;
    std::string text;

    [[nodiscard]] static StopReason normal() { return {}; }
    [[nodiscard]] static StopReason shutdown(std::string text = {}) {
        return {Kind::shutdown, std::move(text)};
    }
    [[nodiscard]] static StopReason error(std::string text) {
        return {Kind::error, std::move(text)};
    }
    [[nodiscard]] static StopReason killed() { return {Kind::killed, {}}; }
    [[nodiscard]] static StopReason not_running() { return {Kind::not_running, {}}; }

    /// Normal and shutdown are not errors: they are not logged, and do not trigger transient
    /// children or subscriptions.
    [[nodiscard]] bool is_error() const { return kind != Kind::normal && kind != Kind::shutdown; }

    /// "error: disk full"
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const StopReason&, const StopReason&) = default;
};

/// Why a subscription ended: somebody cancelled it, or the stage at the other end went away.
struct CancelReason {
    bool down = false;  ///< the other end stopped or crashed; false: the subscription was cancelled
    StopReason reason;

    friend bool operator==(const CancelReason&, const CancelReason&) = default;
};

}  // namespace quantum
