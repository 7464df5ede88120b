#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quantum::run {

/// Finds values in a text that is read byte by byte, each in a time that does not depend on how
/// many values there are (Aho and Corasick): a user chooses both the values and the text.
class ValueTree {
public:
    /// What the text read so far ends with: the longest beginning of a value. 0: none.
    using State = std::uint32_t;

    /// Empty values must not be among them.
    explicit ValueTree(std::vector<std::string> values);

    [[nodiscard]] State next(State state, char byte) const;
    /// The length of that beginning.
    [[nodiscard]] std::size_t length(State state) const { return nodes_[state].length; }
    /// The next shorter beginning that the text ends with.
    [[nodiscard]] State shorter(State state) const { return nodes_[state].shorter; }
    /// The length of the longest value that the text ends with; 0: none.
    [[nodiscard]] std::size_t whole(State state) const { return nodes_[state].whole; }
    /// The length of the longest value that begins so.
    [[nodiscard]] std::size_t longest(State state) const { return nodes_[state].longest; }

private:
    struct Node {
        std::uint32_t length = 0;
        char byte = 0;    ///< its last one
        State first = 0;  ///< of those that are longer by one byte, up to `first` of the next
        State shorter = 0;
        std::uint32_t whole = 0;
        std::uint32_t longest = 0;
    };

    void add_nodes(const std::vector<std::string>& values);
    [[nodiscard]] State longer(State state, char byte) const;

    std::vector<Node> nodes_;  ///< shortest first, then by their bytes; one more at the end
    std::array<State, 256> first_{};
};

}  // namespace quantum::run
