#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/user_crontabs.hpp"

// What `quantum crontab` and the daemon say to each other: a head in one line, then bytes.
//
//     QUANTUM-CRONTAB 1 READ\n
//     QUANTUM-CRONTAB 1 REMOVE\n
//     QUANTUM-CRONTAB 1 REPLACE LENGTH TAG\n…      TAG: "-" for any, "none" for no crontab
//     DONE LENGTH TAG\n…      NONE 0 -\n      REFUSED LENGTH -\n…
namespace quantum::daemon {

/// Where the daemon listens.
inline constexpr std::string_view crontab_socket_path = "/run/quantum/crontab.sock";

struct CrontabRequest {
    enum class Kind : std::uint8_t { read, replace, remove };
    Kind kind = Kind::read;
    std::string text{};  ///< of the new crontab
    std::string tag{};   ///< see `UserCrontabs::replace`
};

/// A request as it comes in, piece by piece.
class CrontabRequestReader {
public:
    /// False: it is none, or one that is too large; `fault` says why. What comes after its end is
    /// ignored.
    [[nodiscard]] bool take(std::string_view bytes);
    [[nodiscard]] bool is_whole() const { return is_whole_; }
    [[nodiscard]] const std::string& fault() const { return fault_; }
    /// Must be called only once it is whole.
    [[nodiscard]] CrontabRequest request() { return std::move(request_); }

private:
    [[nodiscard]] bool take_head();
    [[nodiscard]] bool refuse(std::string why);

    std::string bytes_;
    std::optional<std::size_t> left_;  // of the text, once the head has come
    bool is_whole_ = false;
    std::string fault_;
    CrontabRequest request_;
};

[[nodiscard]] std::string to_bytes(const CrontabRequest& request);
[[nodiscard]] std::string to_bytes(const CrontabAnswer& answer);
/// None: this is no answer, or not all of one.
[[nodiscard]] std::optional<CrontabAnswer> answer_in(std::string_view bytes);

}  // namespace quantum::daemon
