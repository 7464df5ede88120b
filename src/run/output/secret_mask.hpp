#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantum {

/// Replaces known values in a stream of bytes by "***", wherever chunks are cut. Bytes that may be
/// the beginning of such a value are held until the next ones tell.
///
/// Without values it hands each chunk on as it is. Views are valid during the call.
/// Not thread-safe.
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

    /// At the end of the stream: what was held, unless it is half of a value or more.
    template <class Emit>
    void finish(Emit&& emit) {
        if (held_.empty()) return;
        if (const std::string masked = mask(true); !masked.empty()) emit(std::string_view(masked));
    }

private:
    /// How the bytes at the front of `text` relate to the values.
    struct Match {
        std::size_t whole = 0;  ///< length of the longest value that stands there
        std::size_t begun = 0;  ///< length of the longest value that may yet stand there
    };

    [[nodiscard]] Match match(std::string_view text) const;
    std::string mask(bool at_end);

    std::vector<std::string> values_;  ///< longest first
    std::bitset<256> first_bytes_;
    std::string held_;
};

}  // namespace quantum
