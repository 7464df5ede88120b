#include "cron/parse.hpp"

#include <string_view>

namespace quantum {

namespace cron {

bool parse_text(std::string_view text, Dialect dialect, std::string_view name, ParsedText& out,
                CronError& error) {
    switch (dialect) {
        case Dialect::cron:
            return parse_fields<cron_rules>(text, name, out, error);
        case Dialect::quantum:
            return parse_fields<quantum_rules>(text, name, out, error);
        case Dialect::quantum_extended:
            return parse_fields<quantum_extended_rules>(text, name, out, error);
        default:
            break;
    }
    error = {.kind = CronErrorKind::unknown_dialect};
    return false;
}

}  // namespace cron

tl::expected<CronExpression, CronError> parse_cron(std::string_view text, Dialect dialect,
                                                   std::string_view name) {
    cron::ParsedText parsed;
    CronError error;
    if (!cron::parse_text(text, dialect, name, parsed, error)) return tl::unexpected(error);
    if (parsed.kind != cron::ParsedText::Kind::fields) {
        error.kind = cron::CronErrorKind::unknown_macro;
        error.length = static_cast<std::uint32_t>(text.size());
        return tl::unexpected(error);
    }
    return parsed.expression;
}

}  // namespace quantum
