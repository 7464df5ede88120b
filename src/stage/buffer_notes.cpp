#include <utility>

#include "quantum/detail/stage/buffer.hpp"

namespace quantum::detail {

void BufferNotes::add(std::uint64_t position, std::function<void()> note) {
    notes_.push_back({position, std::move(note)});
}

std::optional<std::function<void()>> BufferNotes::due(std::uint64_t passed) {
    if (notes_.empty() || notes_.front().position > passed) return std::nullopt;
    auto note = std::move(notes_.front().run);
    notes_.erase(notes_.begin());
    return note;
}

void BufferNotes::release_memory() { notes_.shrink_to_fit(); }

}  // namespace quantum::detail
