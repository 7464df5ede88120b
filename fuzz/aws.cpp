// Any text as an expression of Amazon EventBridge.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check_expression.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    quantum::fuzz::check_expression(text, quantum::Dialect::aws);
    return 0;
}
