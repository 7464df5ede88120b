#pragma once

#include <algorithm>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace quantum::base {

/// A temporary table of values by text, used while something is read. Everything is in large blocks
/// that are returned to the allocator as a whole, so that what is created meanwhile and kept is not
/// scattered among small ones.
///
/// Not thread-safe.
template <class Value>
class TextTable {
public:
    /// Null if there is none. Valid until `clear`.
    [[nodiscard]] Value* find(std::string_view text) {
        const auto place = parts_->values.find(text);
        return place == parts_->values.end() ? nullptr : &place->second;
    }
    /// `text` must not be in the table.
    Value& add(std::string_view text, Value value) {
        char* const copy = static_cast<char*>(parts_->memory.allocate(text.size(), 1));
        std::copy(text.begin(), text.end(), copy);
        const std::string_view kept{copy, text.size()};
        return parts_->values.emplace(kept, std::move(value)).first->second;
    }
    void clear() { parts_ = std::make_unique<Parts>(); }

private:
    struct Parts {
        std::pmr::monotonic_buffer_resource memory;
        std::pmr::unordered_map<std::string_view, Value> values{&memory};
    };

    std::unique_ptr<Parts> parts_ = std::make_unique<Parts>();
};

}  // namespace quantum::base
