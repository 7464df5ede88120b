#include "storage/sqlite/jobs/policy_text.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantum::sqlite {
namespace {

constexpr std::array overlap_words{
    Word<Overlap>{Overlap::allow, "allow"}, Word<Overlap>{Overlap::skip, "skip"},
    Word<Overlap>{Overlap::queue, "queue"}, Word<Overlap>{Overlap::replace, "replace"}};
constexpr std::array misfire_words{Word<Misfire>{Misfire::one, "one"},
                                   Word<Misfire>{Misfire::all, "all"},
                                   Word<Misfire>{Misfire::skip, "skip"}};

constexpr std::array on_lost_words{Word<OnLost>{OnLost::record, "record"},
                                   Word<OnLost>{OnLost::rerun, "rerun"}};

json::object strategy_object(std::string_view word, const std::vector<std::string>& list) {
    json::object object;
    object["word"] = word;
    if (!list.empty()) object["nodes"] = json::array(list.begin(), list.end());
    return object;
}

void write_strategy(json::object& object, const RunStrategy* strategy) {
    if (strategy == nullptr) return;
    if (dynamic_cast<const LocalStrategy*>(strategy) != nullptr) {
        object["run_strategy"] = "local";
    } else if (const auto* all = dynamic_cast<const AllStrategy*>(strategy)) {
        object["run_on"] = strategy_object("all", all->list());
    } else if (const auto* random = dynamic_cast<const RandomStrategy*>(strategy)) {
        object["run_on"] = strategy_object("random", random->list());
    } else {
        object["run_strategy"] = "own";
    }
}

void read_strategy(Reader& reader, Job& job, Restored& restored) {
    if (const auto word = reader.text("run_strategy")) {
        if (*word == "local") {
            job.set_run_strategy(std::make_shared<LocalStrategy>());
        } else {
            restored.own_run_strategy = true;
        }
    }
    const json::object* const object = reader.object("run_on");
    if (object == nullptr) return;
    Reader members(*object, "run_on");
    const std::string word = members.text("word").value_or("");
    std::vector<std::string> list = members.texts("nodes");
    if (word == "all") {
        job.set_run_strategy(std::make_shared<AllStrategy>(std::move(list)));
    } else if (word == "random") {
        job.set_run_strategy(std::make_shared<RandomStrategy>(std::move(list)));
    } else {
        members.refuse("word", "the word '" + word + "' is unknown");
    }
    reader.check(members.finish());
}

void write_retries(json::object& object, const JobPolicies& policies) {
    if (policies.retries != 0) object["retries"] = policies.retries;
    if (const Backoff usual; policies.backoff != usual) {
        json::object backoff;
        backoff["first_us"] = policies.backoff.first.count();
        backoff["factor"] = policies.backoff.factor;
        backoff["longest_us"] = policies.backoff.longest.count();
        backoff["jitter"] = policies.backoff.jitter;
        object["backoff"] = std::move(backoff);
    }
    if (policies.retry_past_next) object["retry_past_next"] = true;
    if (policies.on_lost != OnLost::record) {
        object["on_lost"] = word_of(on_lost_words, policies.on_lost);
    }
}

void read_retries(Reader& reader, Job& job) {
    const auto retries = reader.integer("retries");
    Backoff backoff;
    if (const json::object* const object = reader.object("backoff"); object != nullptr) {
        Reader members(*object, "backoff");
        backoff.first = Duration(members.integer("first_us").value_or(backoff.first.count()));
        backoff.factor = members.number("factor").value_or(backoff.factor);
        backoff.longest = Duration(members.integer("longest_us").value_or(backoff.longest.count()));
        backoff.jitter = members.number("jitter").value_or(backoff.jitter);
        reader.check(members.finish());
    }
    reader.check("retries",
                 job.set_retries(static_cast<std::uint32_t>(retries.value_or(0)), backoff));
    job.set_retry_past_next(reader.flag("retry_past_next"));
    if (const auto on_lost = reader.word("on_lost", on_lost_words)) job.set_on_lost(*on_lost);
}

void write_pause(json::object& object, const std::optional<Pause>& pause) {
    if (!pause) return;
    json::object members;
    if (pause->until) members["until_us"] = pause->until->time_since_epoch().count();
    members["note"] = pause->note;
    object["pause"] = std::move(members);
}

void read_pause(Reader& reader, Job& job) {
    const json::object* const object = reader.object("pause");
    if (object == nullptr) return;
    Reader members(*object, "pause");
    Pause pause;
    if (const auto until = members.integer("until_us")) pause.until = WallTime(Duration(*until));
    pause.note = members.text("note").value_or("");
    reader.check(members.finish());
    job.set_pause(std::move(pause));
}

}  // namespace

void write_policies(json::object& object, const Job& job) {
    const JobPolicies usual;
    if (job.overlap() != usual.overlap) {
        object["overlap"] = word_of(overlap_words, job.overlap());
    }
    if (job.misfire() != usual.misfire) {
        object["misfire"] = word_of(misfire_words, job.misfire());
    }
    if (job.misfire_cap() != usual.misfire_cap) object["misfire_cap"] = job.misfire_cap();
    if (job.queue_limit() != usual.queue_limit) object["queue_limit"] = job.queue_limit();
    if (job.grace()) object["grace_us"] = job.grace()->count();
    if (job.policies().jitter != Duration::zero()) {
        object["jitter_us"] = job.policies().jitter.count();
    }
    write_retries(object, job.policies());
    if (job.timeout()) object["timeout_us"] = job.timeout()->count();
    if (!job.tags().empty()) object["tags"] = json::array(job.tags().begin(), job.tags().end());
    if (job.policies().run_if_past) object["run_if_past"] = true;
    if (job.asked_for()) object["asked_for_us"] = job.asked_for()->time_since_epoch().count();
    write_pause(object, job.pause());
    write_strategy(object, job.run_strategy().get());
}

void read_policies(Reader& reader, Job& job, Restored& restored) {
    if (const auto overlap = reader.word("overlap", overlap_words)) job.set_overlap(*overlap);
    if (const auto misfire = reader.word("misfire", misfire_words)) job.set_misfire(*misfire);
    if (const auto cap = reader.integer("misfire_cap")) {
        reader.check("misfire_cap", job.set_misfire_cap(static_cast<std::uint32_t>(*cap)));
    }
    if (const auto limit = reader.integer("queue_limit")) {
        reader.check("queue_limit", job.set_queue_limit(static_cast<std::uint32_t>(*limit)));
    }
    if (const auto grace = reader.integer("grace_us")) {
        reader.check("grace_us", job.set_grace(Duration(*grace)));
    }
    if (const auto jitter = reader.integer("jitter_us")) {
        reader.check("jitter_us", job.set_jitter(Duration(*jitter)));
    }
    read_retries(reader, job);
    if (const auto timeout = reader.integer("timeout_us")) {
        reader.check("timeout_us", job.set_timeout(Duration(*timeout)));
    }
    reader.check("tags", job.set_tags(reader.texts("tags")));
    job.set_run_if_past(reader.flag("run_if_past"));
    if (const auto asked = reader.integer("asked_for_us")) {
        job.set_asked_for(WallTime(Duration(*asked)));
    }
    read_pause(reader, job);
    read_strategy(reader, job, restored);
}

}  // namespace quantum::sqlite
