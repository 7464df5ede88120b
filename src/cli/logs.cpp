// `quantum logs`: what a run wrote, from the ledger when it has ended, from its spool while it
// runs.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <poll.h>

#include "quantum/storage/sqlite.hpp"

#include "cli/commands.hpp"
#include "cli/entry_text.hpp"
#include "cli/moment_option.hpp"
#include "cli/mutant.hpp"
#include "cli/output.hpp"
#include "cli/state_directory.hpp"
#include "config/diagnostic.hpp"
#include "daemon/log_text.hpp"
#include "run/output/output_capture.hpp"
#include "run/output/spool_reader.hpp"

namespace quantum::cli {
namespace {

// A run that is followed is looked at as often, its entry in the ledger less.
constexpr int look_every_ms = 100;
constexpr int looks_a_ledger = 10;

/// The run of the job that was due at the time that `--at` names.
Result<Entry> find_at(const SqliteLedger& ledger, const LogsOptions& options,
                      const JobRevision& newest) {
    std::string zone = options.zone;
    const auto& schedule = newest.stored.job->schedule();
    if (zone.empty() && schedule) zone = schedule->zone_name();
    const auto context = moment_context(zone, times::Tense::past);
    if (!context) return tl::unexpected(context.error());
    auto moment = times::parse_moment(options.at, *context);
    if (!moment) return tl::unexpected(std::move(moment).error().within("--at"));
    const WallTime last = moment->last(moment->as_end());
    const auto found = ledger.entries_about(options.target, moment->at, last);
    if (!found) return tl::unexpected(found.error());
    for (auto entry = found->rbegin(); entry != found->rend(); ++entry) {
        if (has_run(*entry)) return *entry;
    }
    return fail(ErrorCode::not_found, "no run of the job '" + config::printable(options.target) +
                                          "' was due then; `quantum why` says why");
}

/// The newest run of the job or the one that was asked for, or the execution of that id.
Result<Entry> find_entry(const SqliteLedger& ledger, const LogsOptions& options) {
    const std::string& target = options.target;
    const auto revisions = ledger.revisions(target);
    if (!revisions) return tl::unexpected(revisions.error());
    if (revisions->empty()) {
        auto entry = ledger.entry(target);
        if (entry || ids_beginning_with(target)) return entry;
        return fail(ErrorCode::not_found,
                    "no job and no execution is named '" + config::printable(target) + "'");
    }
    if (!options.at.empty()) return find_at(ledger, options, revisions->back());
    EntryQuery query{.job = target, .limit = 100};
    for (;;) {
        const auto page = ledger.entries(query);
        if (!page) return tl::unexpected(page.error());
        for (auto entry = page->rbegin(); entry != page->rend(); ++entry) {
            if (has_run(*entry)) return *entry;
        }
        if (page->size() < query.limit) break;
        query.before = page->front().id;
    }
    return fail(ErrorCode::not_found,
                "the job '" + config::printable(target) + "' has not run yet");
}

void append_bytes_member(std::string& out, const std::string& key, std::string_view bytes) {
    std::string text;
    if (daemon::append_json(text, bytes)) {
        out += ",\"" + key + "\":" + text;
        return;
    }
    out += ",\"" + key + "_base64\":\"";
    daemon::append_base64(out, bytes);
    out += '"';
}

std::string left_out(std::uint64_t bytes) {
    return "[… " + std::to_string(bytes) + " bytes were not kept …]\n";
}

/// Writes output in the way that was asked for, piece by piece.
class Writer {
public:
    explicit Writer(const LogsOptions& options)
        : options_(options),
          out_(standard_output, options.raw ? Output::Form::bytes : Output::Form::shown) {}

    void begin(const Entry& entry, std::uint32_t attempt) {
        if (!options_.json) return;
        std::string& out = out_.text();
        out += "{\"execution\":\"" + entry.id.text() + "\"";
        append_bytes_member(out, "job", entry.job);
        out += ",\"attempt\":" + std::to_string(attempt);
        out += ",\"state\":\"" + std::string(to_string(entry.state)) + "\"}\n";
    }

    void lost(std::uint64_t bytes) {
        if (bytes == 0 || options_.raw || mutated(CliMutant::cut_not_told)) return;
        flush_text();
        if (options_.json) {
            out_.text() += "{\"not_kept\":" + std::to_string(bytes) + "}\n";
        } else {
            if (!at_line_start_) out_.text() += '\n';
            out_.text() += left_out(bytes);
            at_line_start_ = true;
        }
    }

    void bytes(std::string_view bytes) {
        if (bytes.empty()) return;
        if (options_.raw) {
            out_.text() += bytes;
            return;
        }
        held_ += bytes;
        // A character that the next piece ends is not cut in two.
        const std::size_t whole =
            held_.size() -
            (mutated(CliMutant::character_cut_in_two) ? 0 : daemon::unfinished_utf8(held_));
        write_text(std::string_view(held_).substr(0, whole));
        held_.erase(0, whole);
    }

    [[nodiscard]] bool flush() { return out_.flush(); }

    [[nodiscard]] bool end() {
        flush_text();
        return flush();
    }

private:
    void flush_text() { write_text(std::exchange(held_, {})); }

    void write_text(std::string_view text) {
        if (text.empty()) return;
        std::string& out = out_.text();
        if (options_.json) {
            std::string member;
            append_bytes_member(member, "output", text);
            out += '{' + member.substr(1) + "}\n";
        } else {
            daemon::append_visible(out, text);
            at_line_start_ = text.back() == '\n';
        }
    }

    const LogsOptions& options_;
    Output out_;
    std::string held_;
    bool at_line_start_ = true;
};

void write_kept(Writer& writer, const CapturedOutput& output) {
    writer.bytes(output.head);
    writer.lost(output.bytes - output.head.size() - output.tail.size());
    writer.bytes(output.tail);
}

/// The output of a run that goes on.
class Follower {
public:
    Follower(const SqliteLedger& ledger, Entry entry, const std::filesystem::path& state)
        : ledger_(ledger),
          entry_(std::move(entry)),
          state_(state),
          path_(run::spool_path((state / run::spool_folder).string(), entry_.id, entry_.attempt)) {}

    /// Until the run has ended. Gives false where it wrote nothing to the spool. Errors:
    /// `unavailable` once the scheduler is gone, and nobody will tell the end.
    [[nodiscard]] Result<bool> follow(Writer& writer) {
        for (int looks = 0;; ++looks) {
            open();
            const bool over = spool_ ? spool_->is_removed() : false;
            if (!write_news(writer)) return fail(ErrorCode::io_error, "standard output is closed");
            if (over) return true;
            if (looks % looks_a_ledger == 0) {
                const bool is_held = is_scheduled();  // before the ledger: an end may come between
                const auto now = ledger_.entry(entry_.id.text());
                if (!now) return tl::unexpected(now.error());
                if (!now->open()) {
                    if (!spool_) return false;
                } else if (!is_held) {
                    return fail(ErrorCode::unavailable,
                                "the scheduler is gone; its next start will decide how execution " +
                                    entry_.id.text() + " ended");
                }
            }
            poll(nullptr, 0, look_every_ms);
        }
    }

    /// What is there at this moment. False: nothing.
    [[nodiscard]] bool write_once(Writer& writer) {
        open();
        if (!spool_) return false;
        write_kept(writer, spool_->all());
        return true;
    }

private:
    void open() {
        if (spool_) return;
        if (auto spool = run::SpoolReader::open(path_)) spool_.emplace(std::move(*spool));
    }

    /// Somebody holds the state, and will see the run's end.
    [[nodiscard]] bool is_scheduled() const {
        const auto instance = instance_status(state_);
        return !instance || instance->is_held || mutated(CliMutant::follows_for_ever);
    }

    bool write_news(Writer& writer) {
        while (spool_) {
            const auto news = spool_->next();
            writer.lost(news.lost);
            if (news.bytes.empty()) break;
            writer.bytes(news.bytes);
            if (!writer.flush()) return false;
        }
        return writer.flush();
    }

    const SqliteLedger& ledger_;
    const Entry entry_;
    const std::filesystem::path state_;
    const std::string path_;
    std::optional<run::SpoolReader> spool_;
};

/// What is kept of one attempt, and which that is.
struct Kept {
    std::uint32_t attempt = 1;
    std::optional<CapturedOutput> output;
};

Result<Kept> kept_output(const SqliteLedger& ledger, const Entry& entry,
                         const std::optional<std::uint32_t>& asked) {
    const std::uint32_t last = asked.value_or(entry.attempt);
    const std::uint32_t first =
        asked.value_or(mutated(CliMutant::last_attempt_only) ? entry.attempt : 1);
    for (std::uint32_t attempt = last; attempt >= first; --attempt) {
        auto output = ledger.output(entry.id, attempt);
        if (output) return Kept{attempt, std::move(*output)};
        if (output.error().code != ErrorCode::not_found) return tl::unexpected(output.error());
    }
    return Kept{last, std::nullopt};
}

/// The attempt that was asked for must have been made.
Status check_attempt(const SqliteLedger& ledger, const Entry& entry,
                     const std::optional<std::uint32_t>& asked) {
    if (!asked) return {};
    const auto attempts = ledger.attempts(entry.id);
    if (!attempts) return tl::unexpected(attempts.error());
    if (*asked <= attempts->size() || mutated(CliMutant::attempt_never_made)) return {};
    const std::size_t made = attempts->size();
    return fail(ErrorCode::not_found, "execution " + entry.id.text() + " has had " +
                                          std::to_string(made) +
                                          (made == 1 ? " attempt" : " attempts") +
                                          "; there is no attempt " + std::to_string(*asked));
}

/// On standard error, so that what stands on standard output is the output and nothing else.
void note_nothing_kept(const Entry& entry, std::uint32_t attempt, const SqliteLedger& ledger) {
    Output note(standard_error);
    note.text() = "no output is kept for attempt " + std::to_string(attempt) + " of execution " +
                  entry.id.text();
    const auto attempts = ledger.attempts(entry.id);
    if (attempts && attempt <= attempts->size()) {
        const auto& outcome = (*attempts)[attempt - 1].outcome;
        if (outcome) note.text() += ": " + outcome_words(*outcome);
        if (outcome && !outcome->reason.empty()) {
            note.text() += ", " + config::printable(outcome->reason, std::string_view::npos);
        }
    }
    note.text() += '\n';
    static_cast<void>(note.flush());
}

/// The output of an attempt that goes on. False: it has written nothing, or has ended meanwhile.
Result<bool> show_running(const LogsOptions& options, const SqliteLedger& ledger,
                          const Entry& entry, const std::filesystem::path& state, Writer& writer) {
    writer.begin(entry, entry.attempt);
    Follower follower(ledger, entry, state);
    if (options.follow) return follower.follow(writer);
    return follower.write_once(writer);
}

Status show(const LogsOptions& options) {
    const auto place = state_directory(options.state);
    if (!place) return tl::unexpected(place.error());
    const auto ledger = SqliteLedger::open(*place);
    if (!ledger) return tl::unexpected(ledger.error());
    const auto entry = find_entry(**ledger, options);
    if (!entry) return tl::unexpected(entry.error());
    if (const Status made = check_attempt(**ledger, *entry, options.attempt); !made) {
        return tl::unexpected(made.error());
    }

    Writer writer(options);
    const bool runs = entry->state == EntryState::started &&
                      options.attempt.value_or(entry->attempt) == entry->attempt;
    if (runs) {
        const auto shown = show_running(options, **ledger, *entry, *place, writer);
        if (!shown) return tl::unexpected(shown.error());
        if (!*shown) {
            const auto output = (*ledger)->output(entry->id, entry->attempt);
            if (output) write_kept(writer, *output);
        }
    } else {
        const auto kept = kept_output(**ledger, *entry, options.attempt);
        if (!kept) return tl::unexpected(kept.error());
        writer.begin(*entry, kept->attempt);
        if (kept->output) {
            write_kept(writer, *kept->output);
        } else {
            note_nothing_kept(*entry, kept->attempt, **ledger);
        }
    }
    if (!writer.end()) return fail(ErrorCode::io_error, "standard output is closed");
    return {};
}

}  // namespace

int logs(const LogsOptions& options) {
    const Status shown = show(options);
    if (shown) return exit_ok;
    print_error(shown.error().message);
    return exit_failure;
}

}  // namespace quantum::cli
