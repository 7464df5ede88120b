#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace quantum::base {

/// A table that grows page by page. Growing moves nothing and leaves nothing behind, so a large
/// table takes no more memory than its contents, and references remain valid.
///
/// Not thread-safe.
template <class T>
class Pages {
public:
    Pages() = default;
    explicit Pages(std::size_t size) { grow_to(size); }
    Pages(Pages&&) noexcept = default;
    Pages& operator=(Pages&&) noexcept = default;
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages() = default;

    [[nodiscard]] T& operator[](std::size_t at) { return pages_[at / page][at % page]; }
    [[nodiscard]] const T& operator[](std::size_t at) const { return pages_[at / page][at % page]; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] T& back() { return (*this)[size_ - 1]; }

    /// Never shrinks.
    void grow_to(std::size_t size) {
        while (pages_.size() * page < size) pages_.push_back(std::make_unique<T[]>(page));
        if (size > size_) size_ = size;
    }
    void push_back(T value) {
        grow_to(size_ + 1);
        back() = std::move(value);
    }
    /// The slot keeps its contents.
    void pop_back() { --size_; }

private:
    static constexpr std::size_t page = 256;

    std::vector<std::unique_ptr<T[]>> pages_;
    std::size_t size_ = 0;
};

}  // namespace quantum::base
