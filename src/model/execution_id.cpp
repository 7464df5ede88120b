#include "quantum/execution.hpp"

namespace quantum {

std::string ExecutionId::text() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
        out.push_back(digits[bytes[i] >> 4U]);
        out.push_back(digits[bytes[i] & 0xFU]);
    }
    return out;
}

}  // namespace quantum
