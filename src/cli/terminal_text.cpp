#include "cli/terminal_text.hpp"

#include <algorithm>
#include <cstdint>

#include <sys/random.h>

#include "cli/mutant.hpp"
#include "daemon/log_text.hpp"

namespace quantum::cli {
namespace {

constexpr char escape = '\x1b';

/// What an order begins with: nobody outside of this process knows it. Empty, and then nothing is
/// an order: the kernel has no random numbers yet.
const std::string& order_mark() {
    static const std::string mark = [] {
        constexpr std::string_view digits = "0123456789abcdef";
        std::uint64_t drawn = 0;
        if (::getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) != sizeof drawn) return std::string();
        std::string text(1, escape);
        for (int shift = 0; shift < 64; shift += 4) text += digits[(drawn >> shift) & 15U];
        return text;
    }();
    return mark;
}

bool is_plain(char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; }

/// The order at the beginning of `text`, with its mark; empty: there is none.
std::string_view order_at(std::string_view text) {
    const std::size_t head = order_mark().size() + 1;
    if (head == 1 || text.size() < head || !text.starts_with(order_mark())) return {};
    const auto size = static_cast<std::size_t>(text[head - 1] - '0');
    return text.substr(0, head + size);
}

}  // namespace

std::string terminal_order(std::string_view sequence) {
    std::string order = order_mark();
    if (order.empty()) return order;
    order += static_cast<char>('0' + sequence.size());
    return order.append(sequence);
}

void append_for_terminal(std::string& out, std::string_view text) {
    if (mutated(CliMutant::escapes_pass)) {
        out += text;
        return;
    }
    while (!text.empty()) {
        const auto plain = static_cast<std::size_t>(
            std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return;
        if (const std::string_view order = order_at(text); !order.empty()) {
            out += order.substr(order_mark().size() + 1);
            text.remove_prefix(order.size());
            continue;
        }
        // Up to the next escape, which may begin an order, or the next stretch of plain text.
        std::size_t foreign = 1;
        while (foreign < text.size() && text[foreign] != escape && !is_plain(text[foreign])) {
            ++foreign;
        }
        daemon::append_visible(out, text.substr(0, foreign));
        text.remove_prefix(foreign);
    }
}

}  // namespace quantum::cli
