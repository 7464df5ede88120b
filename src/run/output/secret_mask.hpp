#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantum::run {

/// Replaces known values in a stream of bytes by "***", even if they are split across chunks. Bytes
/// that may be the start of such a value are held back until the next ones decide.
///
/// Without values, each chunk is passed on unchanged. Views are valid during the call. Not
/// thread-safe.
class SecretMask {
public:
    SecretMask() = default;
    explicit SecretMask(std::vector<std::string> values);

    template <class Emit>
    void feed(std::string_view chunk, Emit&& emit) {
        if (values_.empty()) {
            emit(chunk);
            return;
        }
        held_.append(chunk);
        if (const std::string masked = mask(false); !masked.empty()) emit(std::string_view(masked));
    }

    /// At the end of the stream: passes on what was held back, unless it is at least half of a
    /// value.
    template <class Emit>
    void finish(Emit&& emit) {
        if (held_.empty()) return;
        if (const std::string masked = mask(true); !masked.empty()) emit(std::string_view(masked));
    }

private:
    /// How the start of `text` matches the values.
    struct Match {
        std::size_t whole = 0;  ///< length of the longest value that matches
        std::size_t begun = 0;  ///< length of the longest value that may still match
    };

    [[nodiscard]] Match match(std::string_view text) const;
    std::string mask(bool at_end);

    std::vector<std::string> values_;  ///< longest first
    std::bitset<256> first_bytes_;
    std::string held_;
};

}  // namespace quantum::run
