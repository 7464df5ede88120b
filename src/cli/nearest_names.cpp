#include "cli/nearest_names.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/spelling.hpp"

namespace quantum::cli {

std::string unknown_job(const std::string& name, const Ledger& ledger) {
    constexpr std::size_t most = 3;
    std::string text = "no job '" + config::printable(name) + "' is in this ledger";
    const auto names = ledger.job_names();
    if (!names) return text;
    const std::vector<std::string_view> known(names->begin(), names->end());
    const auto near = config::nearest(name, known, most);
    for (std::size_t at = 0; at < near.size(); ++at) {
        text += at == 0 ? "; did you mean " : at + 1 == near.size() ? " or " : ", ";
        text += config::in_quotes(near[at]);
    }
    return near.empty() ? text : text + '?';
}

}  // namespace quantum::cli
