#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "run/output/value_tree.hpp"

namespace quantum::run {

/// Replaces known values in a stream of bytes by "***", even if they are split across chunks. Bytes
/// that may be the start of such a value are held back until the next ones decide.
///
/// The time that a byte takes does not depend on the values. Copies share these.
///
/// Without values, each chunk is passed on unchanged. Views are valid during the call. Not
/// thread-safe.
class SecretMask {
public:
    SecretMask() = default;
    explicit SecretMask(std::vector<std::string> values);

    template <class Emit>
    void feed(std::string_view chunk, Emit&& emit) {
        if (!values_) {
            emit(chunk);
            return;
        }
        hold(chunk);
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
    struct Values;

    void hold(std::string_view chunk);
    std::string mask(bool at_end);

    std::shared_ptr<const Values> values_;
    std::string held_;
    ValueTree::State state_ = 0;  ///< what is held, which is the beginning of a value
};

}  // namespace quantum::run
