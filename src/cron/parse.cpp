#include "cron/parse.hpp"

#include <string>
#include <string_view>

#include "quantum/on_calendar.hpp"

#include "cron/aws.hpp"
#include "cron/mutant.hpp"
#include "cron/on_calendar.hpp"

namespace quantum {

namespace cron {

#ifdef QUANTUM_MUTANTS
namespace {

constexpr Rules week_of_eight = [] {
    Rules rules = kubernetes_rules;
    rules.last_weekday = 7;
    return rules;
}();

}  // namespace
#endif

bool parse_text(std::string_view text, Dialect dialect, std::string_view name, ParsedText& out,
                CronError& error) {
    switch (dialect) {
        case Dialect::cron:
            return parse_fields<cron_rules>(text, name, out, error);
        case Dialect::kubernetes:
#ifdef QUANTUM_MUTANTS
            if (mutated(CronMutant::kubernetes_week_of_eight))
                return parse_fields<week_of_eight>(text, name, out, error);
#endif
            return parse_fields<kubernetes_rules>(text, name, out, error);
        case Dialect::seconds:
            return parse_fields<seconds_rules>(text, name, out, error);
        case Dialect::spring:
            return parse_fields<spring_rules>(text, name, out, error);
        case Dialect::quartz:
            return parse_fields<quartz_rules>(text, name, out, error);
        case Dialect::aws:
            return parse_aws(text, name, out, error);
        case Dialect::jenkins:
            return parse_fields<jenkins_rules>(text, name, out, error);
        case Dialect::quantum:
            return parse_fields<quantum_rules>(text, name, out, error);
        case Dialect::quantum_extended:
            return parse_fields<quantum_extended_rules>(text, name, out, error);
        case Dialect::systemd:
            return parse_on_calendar(text, out, error);
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
    if (parsed.kind != cron::ParsedText::Kind::fields || !parsed.zone.empty()) {
        error.kind = cron::CronErrorKind::not_civil;
        error.length = static_cast<std::uint32_t>(text.size());
        return tl::unexpected(error);
    }
    return parsed.expression;
}

tl::expected<std::string, CronError> normal_on_calendar(std::string_view text) {
    cron::ParsedText parsed;
    CronError error;
    std::string normal_form;
    if (!cron::parse_on_calendar(text, parsed, error, normal_form)) return tl::unexpected(error);
    return normal_form;
}

}  // namespace quantum
