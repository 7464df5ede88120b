#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace quantum::schedule {

/// An immutable text that takes 16 bytes if it has at most 15, as most expressions do: half of a
/// std::string. Up to 4 GiB.
class ShortText {
public:
    ShortText() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a text stands where one is wanted
    ShortText(std::string_view text) {
        if (text.size() <= inline_size) {
            std::copy(text.begin(), text.end(), bytes_.begin());
            bytes_.back() = static_cast<char>(text.size());
            return;
        }
        char* const heap = new char[text.size()];
        std::copy(text.begin(), text.end(), heap);
        const Far far{heap, static_cast<std::uint32_t>(text.size())};
        std::memcpy(bytes_.data(), &far.text, sizeof far.text);
        std::memcpy(bytes_.data() + sizeof far.text, &far.size, sizeof far.size);
        bytes_.back() = is_far;
    }
    ShortText(const ShortText& other) : ShortText(std::string_view(other)) {}
    ShortText(ShortText&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    ShortText& operator=(ShortText other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ShortText& operator=(std::string_view text) { return *this = ShortText(text); }
    ~ShortText() {
        if (bytes_.back() == is_far) delete[] far().text;
    }

    // NOLINTNEXTLINE(google-explicit-constructor): it is read as any other text
    [[nodiscard]] operator std::string_view() const {
        if (bytes_.back() == is_far) return {far().text, far().size};
        return {bytes_.data(), static_cast<std::size_t>(bytes_.back())};
    }

private:
    struct Far {
        char* text;
        std::uint32_t size;
    };
    static constexpr std::size_t inline_size = 15;
    static constexpr char is_far = 16;

    [[nodiscard]] Far far() const {
        Far far{};
        std::memcpy(&far.text, bytes_.data(), sizeof far.text);
        std::memcpy(&far.size, bytes_.data() + sizeof far.text, sizeof far.size);
        return far;
    }

    alignas(char*) std::array<char, 16> bytes_{};  // the last one is the length, or `is_far`
};

}  // namespace quantum::schedule
