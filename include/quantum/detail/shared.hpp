#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace quantum {

/// An immutable value on the heap, shared by its holders. One pointer wide.
///
/// Like std::shared_ptr<const T>, at half the size and without a control block: a scheduler holds
/// several of them for each of a million jobs. No weak references, no custom deleter.
///
/// Thread-safety: like std::shared_ptr: different holders may be used from different threads
/// without a lock, the same holder may not.
template <class T>
class Shared {
public:
    /// Holds nothing.
    constexpr Shared() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): null is null
    constexpr Shared(std::nullptr_t) {}
    // NOLINTNEXTLINE(google-explicit-constructor): a value stands where a shared one is wanted
    Shared(T value) : cell_(new Cell(std::move(value))) {}
    Shared(const Shared& other) noexcept : cell_(other.cell_) {
        if (cell_ != nullptr) cell_->holders.fetch_add(1, std::memory_order_relaxed);
    }
    Shared(Shared&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
    Shared& operator=(Shared other) noexcept {
        std::swap(cell_, other.cell_);
        return *this;
    }
    ~Shared() {
        if (cell_ != nullptr && cell_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete cell_;
        }
    }

    void reset() { *this = Shared(); }

    [[nodiscard]] explicit operator bool() const { return cell_ != nullptr; }
    [[nodiscard]] const T* get() const { return cell_ == nullptr ? nullptr : &cell_->value; }
    [[nodiscard]] const T& operator*() const { return cell_->value; }
    [[nodiscard]] const T* operator->() const { return &cell_->value; }

    /// Access for changing the value: it is copied first if it is shared, and created first if
    /// there is none.
    [[nodiscard]] T& own() {
        if (cell_ == nullptr) {
            *this = Shared(T{});
        } else if (cell_->holders.load(std::memory_order_acquire) > 1) {
            *this = Shared(cell_->value);
        }
        return cell_->value;
    }

    /// Compares identity, not equality of values.
    friend bool operator==(const Shared& a, const Shared& b) { return a.cell_ == b.cell_; }

private:
    struct Cell {
        explicit Cell(T&& v) : value(std::move(v)) {}
        T value;
        std::atomic<std::uint32_t> holders{1};
    };

    Cell* cell_ = nullptr;
};

}  // namespace quantum
