#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/detail/cron/expression.hpp"
#include "quantum/detail/shared.hpp"
#include "quantum/schedule.hpp"

#include "cron/plain_expression.hpp"
#include "schedule/short_text.hpp"
#include "schedule/zoned_search.hpp"
#include "zone/zone.hpp"

namespace quantum {

/// The contents of a schedule; shared by its copies, immutable.
///
/// A crontab with a hundred thousand lines may have as many of these, so rarely used parts are
/// separate.
struct Schedule::Rule {
    enum class Kind : std::uint8_t {
        cron,
        reboot,
        interval,
        once,          ///< at the anchor
        any_of,        ///< parts
        except,        ///< parts[0] without parts[1]
        except_dates,  ///< parts[0] without dates
        within,        ///< parts[0] in [from, until)
    };

    /// Rarely used parts.
    struct More {
        std::optional<CronExpression> some_years{};  ///< cron, if limited to some years
        Duration period{};                           ///< interval
        std::optional<WallTime> from{};              ///< within
        std::optional<WallTime> until{};             ///< within
        std::vector<Schedule> parts{};
        std::vector<std::chrono::year_month_day> dates{};  ///< sorted
    };

    /// Created on first use and kept. A copy of the rule creates its own.
    class Unfolded {
    public:
        Unfolded() = default;
        Unfolded(const Unfolded&) noexcept {}
        Unfolded(Unfolded&& other) noexcept : made_(other.made_.exchange(nullptr)) {}
        Unfolded& operator=(const Unfolded&) = delete;
        Unfolded& operator=(Unfolded&&) = delete;
        ~Unfolded() { delete made_.load(std::memory_order_relaxed); }

        [[nodiscard]] const CronExpression& of(const cron::PlainExpression& source) const;

    private:
        mutable std::atomic<const CronExpression*> made_ = nullptr;
    };

    Kind kind = Kind::cron;
    Dialect dialect = Dialect::cron;
    DstPolicy dst{};
    Setting<cron::DayRule> days{};     ///< cron, if it is not the dialect's
    bool is_limited = false;           ///< cron: to some years
    schedule::ZoneRules zone_rules{};  ///< cron
    const zone::Zone* zone = &zone::Zone::utc();
    cron::PlainExpression plain{};  ///< cron: everything except the years
    schedule::ShortText text{};
    Shared<More> more{};
    Unfolded unfolded{};

    /// cron: written in the first dialect that has words for it.
    [[nodiscard]] static Rule of(const CronExpression& expression, const zone::Zone& zone,
                                 const DstPolicy& dst);
    [[nodiscard]] static Rule every(Duration period);
    /// Made of `part`, in its zone and dialect.
    [[nodiscard]] static Rule over(Kind kind, const Schedule& part, const std::string& text);

    void set_expression(const CronExpression& expression);
    /// cron: the expression in the form used for searching.
    template <class Act>
    [[nodiscard]] auto with_expression(const Act& act) const {
        if (is_limited) [[unlikely]]
            return act(*more->some_years);
        return act(plain);
    }
    /// cron: the whole expression, kept as long as the rule.
    [[nodiscard]] const CronExpression& expression() const {
        return is_limited ? *more->some_years : unfolded.of(plain);
    }
    [[nodiscard]] bool same_expression(const Rule& other) const {
        return is_limited == other.is_limited && plain == other.plain &&
               (!is_limited || more->some_years == other.more->some_years);
    }
    [[nodiscard]] const More& rest() const { return more ? *more : nothing_more; }

    [[nodiscard]] bool is_fixed_time() const;
    /// Equal for equal schedules.
    [[nodiscard]] std::size_t hash(WallTime anchor) const;

    static const More nothing_more;
};

}  // namespace quantum
