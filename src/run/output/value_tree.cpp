#include "run/output/value_tree.hpp"

#include <algorithm>
#include <utility>

namespace quantum::run {
namespace {

unsigned char unsigned_of(char byte) { return static_cast<unsigned char>(byte); }

std::uint32_t small(std::size_t size) { return static_cast<std::uint32_t>(size); }

}  // namespace

ValueTree::ValueTree(std::vector<std::string> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    add_nodes(values);
    for (State child = nodes_[0].first; child < nodes_[1].first; ++child) {
        first_[unsigned_of(nodes_[child].byte)] = child;
    }
    for (State state = 1; state + 1 < nodes_.size(); ++state) {
        for (State child = nodes_[state].first; child < nodes_[state + 1].first; ++child) {
            nodes_[child].shorter = next(nodes_[state].shorter, nodes_[child].byte);
        }
        // What is shorter comes before.
        Node& node = nodes_[state];
        if (node.whole == 0) node.whole = nodes_[node.shorter].whole;
    }
}

/// Those of a node are next to each other, as are the values that begin as it does.
void ValueTree::add_nodes(const std::vector<std::string>& values) {
    std::vector<std::pair<std::size_t, std::size_t>> ranges{{0, values.size()}};
    nodes_.emplace_back();
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
        auto [begin, end] = ranges[at];
        nodes_[at].first = small(nodes_.size());
        const std::size_t length = nodes_[at].length;
        if (begin < end && values[begin].size() == length) {
            nodes_[at].whole = small(length);
            ++begin;
        }
        while (begin < end) {
            const char byte = values[begin][length];
            Node node{.length = small(length + 1), .byte = byte};
            std::size_t to = begin;
            for (; to < end && values[to][length] == byte; ++to) {
                node.longest = std::max(node.longest, small(values[to].size()));
            }
            nodes_.push_back(node);
            ranges.emplace_back(begin, to);
            begin = to;
        }
    }
    nodes_.push_back({.first = small(nodes_.size())});
}

ValueTree::State ValueTree::longer(State state, char byte) const {
    if (state == 0) return first_[unsigned_of(byte)];
    const auto begin = nodes_.begin() + nodes_[state].first;
    const auto end = nodes_.begin() + nodes_[state + 1].first;
    const auto found = std::lower_bound(begin, end, byte, [](const Node& node, char wanted) {
        return unsigned_of(node.byte) < unsigned_of(wanted);
    });
    return found != end && found->byte == byte ? static_cast<State>(found - nodes_.begin()) : 0;
}

ValueTree::State ValueTree::next(State state, char byte) const {
    for (;; state = nodes_[state].shorter) {
        const State found = longer(state, byte);
        if (found != 0 || state == 0) return found;
    }
}

}  // namespace quantum::run
