#include "storage/sqlite/job_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <boost/json.hpp>

namespace quantum::sqlite {
namespace {

namespace json = boost::json;

template <class Value>
struct Word {
    Value value;
    std::string_view text;
};

constexpr std::array overlap_words{
    Word<Overlap>{Overlap::allow, "allow"}, Word<Overlap>{Overlap::skip, "skip"},
    Word<Overlap>{Overlap::queue, "queue"}, Word<Overlap>{Overlap::replace, "replace"}};
constexpr std::array misfire_words{Word<Misfire>{Misfire::one, "one"},
                                   Word<Misfire>{Misfire::all, "all"},
                                   Word<Misfire>{Misfire::skip, "skip"}};

template <class Value, std::size_t count>
std::string_view word_of(const std::array<Word<Value>, count>& words, Value value) {
    for (const auto& word : words) {
        if (word.value == value) return word.text;
    }
    return {};
}

template <class Value, std::size_t count>
std::optional<Value> named(const std::array<Word<Value>, count>& words, std::string_view text) {
    for (const auto& word : words) {
        if (word.text == text) return word.value;
    }
    return std::nullopt;
}

using TextPairs = std::vector<std::pair<std::string, std::string>>;

json::array pair_array(const TextPairs& pairs) {
    json::array array;
    for (const auto& [name, value] : pairs) array.emplace_back(json::array{name, value});
    return array;
}

json::object command_object(const Command& command) {
    json::object object;
    json::array argv;
    for (const auto& word : command.argv) argv.emplace_back(word);
    object["argv"] = std::move(argv);
    if (!command.environment.empty()) object["environment"] = pair_array(command.environment);
    if (command.input) object["input"] = *command.input;
    if (!command.working_directory.empty()) {
        object["working_directory"] = command.working_directory;
    }
    if (command.timeout) object["timeout_us"] = command.timeout->count();
    if (command.kill_after != Command().kill_after) {
        object["kill_after_us"] = command.kill_after.count();
    }
    return object;
}

json::object request_object(const HttpRequest& request) {
    const HttpRequest usual;
    json::object object;
    object["url"] = request.url;
    if (request.method != usual.method) object["method"] = request.method;
    if (!request.headers.empty()) object["headers"] = pair_array(request.headers);
    if (!request.body.empty()) object["body"] = request.body;
    if (request.expected_status != usual.expected_status) {
        json::array ranges;
        for (const auto& [first, last] : request.expected_status) {
            ranges.emplace_back(json::array{first, last});
        }
        object["expected_status"] = std::move(ranges);
    }
    if (request.timeout != usual.timeout) object["timeout_us"] = request.timeout.count();
    if (!request.ca_file.empty()) object["ca_file"] = request.ca_file;
    if (request.redirects != usual.redirects) object["redirects"] = request.redirects;
    if (request.local_redirects) object["local_redirects"] = true;
    if (request.max_response) object["max_response"] = *request.max_response;
    return object;
}

struct TaskWriter {
    json::object& object;

    void operator()(std::monostate) const {}
    void operator()(const Function&) const { object["function"] = true; }
    void operator()(const ExecutionFunction&) const { object["function"] = true; }
    void operator()(const HandlerCall& call) const {
        object["handler"] = call.name;
        object["arguments"] = call.arguments;
    }
    void operator()(const Command& command) const { object["command"] = command_object(command); }
    void operator()(const HttpRequest& request) const { object["http"] = request_object(request); }
};

// Reads the members of one object; the first that does not fit is remembered as the error.
class Reader {
public:
    Reader(const json::object& object, std::string_view where) : object_(object), where_(where) {}

    // True if the key stands there; it then counts as understood.
    const json::value* find(std::string_view key) {
        const json::value* const value = object_.if_contains(key);
        if (value != nullptr) ++understood_;
        return value;
    }
    std::optional<std::string> text(std::string_view key) {
        const json::value* const value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_string()) return std::string(value->get_string());
        refuse(key, "must be a text");
        return std::nullopt;
    }
    std::optional<std::int64_t> integer(std::string_view key) {
        const json::value* const value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_int64()) return value->get_int64();
        refuse(key, "must be a whole number");
        return std::nullopt;
    }
    /// Of texts, as `pair_array` writes them; nothing where the key is not there.
    TextPairs text_pairs(std::string_view key) {
        TextPairs result;
        const json::value* const value = find(key);
        if (value == nullptr) return result;
        const auto* const pairs = value->if_array();
        if (pairs == nullptr) refuse(key, "must be an array");
        for (std::size_t i = 0; pairs != nullptr && i < pairs->size(); ++i) {
            const auto* const pair = (*pairs)[i].if_array();
            if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() ||
                !(*pair)[1].is_string()) {
                refuse(key, "must hold pairs of texts");
                break;
            }
            result.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
        }
        return result;
    }
    template <class Words>
    auto word(std::string_view key, const Words& words)
        -> decltype(named(words, std::string_view())) {
        const auto name = text(key);
        if (!name) return std::nullopt;
        auto value = named(words, *name);
        if (!value) refuse(key, "the word '" + *name + "' is unknown");
        return value;
    }
    void refuse(std::string_view key, std::string why) {
        if (!error_.empty()) return;
        error_ = std::string(where_) + "." + std::string(key) + ": " + std::move(why);
    }
    void check(std::string_view key, Status status) {
        if (!status) refuse(key, std::move(status).error().message);
    }
    Status finish() {
        if (error_.empty() && understood_ != object_.size()) {
            error_ = std::string(where_) +
                     ": holds a key that this program does not know: " + json::serialize(object_);
        }
        if (error_.empty()) return {};
        return fail(ErrorCode::corrupt, error_);
    }

private:
    const json::object& object_;
    std::string_view where_;
    std::size_t understood_ = 0;
    std::string error_;
};

Result<Command> read_command(const json::object& object) {
    Command command;
    Reader reader(object, "command");
    if (const auto* argv = reader.find("argv"); argv != nullptr && argv->is_array()) {
        for (const auto& word : argv->get_array()) {
            if (!word.is_string()) {
                reader.refuse("argv", "must hold texts");
                break;
            }
            command.argv.emplace_back(word.get_string());
        }
    } else {
        reader.refuse("argv", "must be an array");
    }
    command.environment = reader.text_pairs("environment");
    command.input = reader.text("input");
    command.working_directory = reader.text("working_directory").value_or("");
    if (const auto timeout = reader.integer("timeout_us")) command.timeout = Duration(*timeout);
    if (const auto after = reader.integer("kill_after_us")) command.kill_after = Duration(*after);
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return command;
}

std::optional<HttpStatusRange> read_range(const json::value& value) {
    const auto* const pair = value.if_array();
    if (pair == nullptr || pair->size() != 2) return std::nullopt;
    boost::system::error_code wrong;
    const auto first = (*pair)[0].to_number<std::uint16_t>(wrong);
    if (wrong) return std::nullopt;
    const auto last = (*pair)[1].to_number<std::uint16_t>(wrong);
    if (wrong) return std::nullopt;
    return HttpStatusRange{first, last};
}

Result<HttpRequest> read_request(const json::object& object) {
    HttpRequest request;
    Reader reader(object, "http");
    request.url = reader.text("url").value_or("");
    if (auto method = reader.text("method")) request.method = std::move(*method);
    request.headers = reader.text_pairs("headers");
    request.body = reader.text("body").value_or("");
    if (const auto* status = reader.find("expected_status"); status != nullptr) {
        request.expected_status.clear();
        const auto* const ranges = status->if_array();
        for (std::size_t i = 0; ranges != nullptr && i < ranges->size(); ++i) {
            if (const auto range = read_range((*ranges)[i])) {
                request.expected_status.push_back(*range);
            } else {
                reader.refuse("expected_status", "must hold pairs of numbers");
            }
        }
    }
    if (const auto timeout = reader.integer("timeout_us")) request.timeout = Duration(*timeout);
    request.ca_file = reader.text("ca_file").value_or("");
    if (const auto redirects = reader.integer("redirects")) {
        request.redirects = static_cast<std::uint32_t>(*redirects);
    }
    if (reader.find("local_redirects") != nullptr) request.local_redirects = true;
    if (const auto most = reader.integer("max_response")) {
        request.max_response = static_cast<std::uint64_t>(*most);
    }
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return request;
}

// True if text, dialect, zone and DST words say all there is to say about the schedule.
bool is_written(const Schedule& schedule, std::string_view name) {
    const auto again = parse_schedule(schedule.text(), {.dialect = schedule.dialect(),
                                                        .zone = schedule.zone_name(),
                                                        .name = name,
                                                        .dst = schedule.dst()});
    return again && again->anchored_at(schedule.anchor()) == schedule;
}

void write_schedule(json::object& object, const Schedule& schedule, std::string_view name) {
    if (is_written(schedule, name)) {
        const DstPolicy usual;
        if (schedule.dst().gap != usual.gap) object["dst_gap"] = to_string(schedule.dst().gap);
        if (schedule.dst().repeat != usual.repeat) {
            object["dst_repeat"] = to_string(schedule.dst().repeat);
        }
        return;
    }
    if (const auto period = schedule.period();
        period && Schedule::every(*period, schedule.anchor()) == schedule) {
        object["every_us"] = period->count();
        object["anchor_us"] = schedule.anchor().time_since_epoch().count();
        return;
    }
    if (const auto instant = schedule.next(WallTime::min());
        instant && Schedule::once(*instant) == schedule) {
        object["once_us"] = instant->time_since_epoch().count();
        return;
    }
    object["schedule"] = "own";
}

void read_schedule(Reader& reader, Restored& restored) {
    if (const auto gap = reader.text("dst_gap")) {
        if (const auto known = dst_gap_named(*gap)) {
            restored.dst.gap = *known;
        } else {
            reader.refuse("dst_gap", "the word '" + *gap + "' is unknown");
        }
    }
    if (const auto repeat = reader.text("dst_repeat")) {
        if (const auto known = dst_repeat_named(*repeat)) {
            restored.dst.repeat = *known;
        } else {
            reader.refuse("dst_repeat", "the word '" + *repeat + "' is unknown");
        }
    }
    if (const auto period = reader.integer("every_us")) {
        if (*period < 1) reader.refuse("every_us", "must be at least 1");
        restored.schedule =
            Schedule::every(Duration(std::max<std::int64_t>(*period, 1)),
                            WallTime(Duration(reader.integer("anchor_us").value_or(0))));
    }
    if (const auto instant = reader.integer("once_us")) {
        restored.schedule = Schedule::once(WallTime(Duration(*instant)));
    }
    if (const auto own = reader.text("schedule")) restored.own_schedule = true;
}

}  // namespace

std::string definition_text(const Job& job) {
    const Job defaults;
    json::object object;
    std::visit(TaskWriter{object}, job.task());
    if (job.overlap() != defaults.overlap()) {
        object["overlap"] = word_of(overlap_words, job.overlap());
    }
    if (job.misfire() != defaults.misfire()) {
        object["misfire"] = word_of(misfire_words, job.misfire());
    }
    if (job.misfire_cap() != defaults.misfire_cap()) object["misfire_cap"] = job.misfire_cap();
    if (job.queue_limit() != defaults.queue_limit()) object["queue_limit"] = job.queue_limit();
    if (job.grace()) object["grace_us"] = job.grace()->count();
    if (const RunStrategy* strategy = job.run_strategy().get(); strategy != nullptr) {
        const bool local = dynamic_cast<const LocalStrategy*>(strategy) != nullptr;
        object["run_strategy"] = local ? "local" : "own";
    }
    if (job.schedule()) write_schedule(object, *job.schedule(), job.name());
    return json::serialize(object);
}

Result<Restored> apply_definition(std::string_view text, Job& job) {
    // Most definitions fit in here: a million of them are read at start.
    std::array<unsigned char, 4096> room;
    json::monotonic_resource memory(room.data(), room.size());
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    boost::system::error_code wrong;
    const json::value value = json::parse(text, wrong, &memory, options);
    if (wrong || !value.is_object()) {
        return fail(ErrorCode::corrupt, "its definition is no JSON object");
    }

    Restored restored;
    Reader reader(value.get_object(), "definition");
    if (reader.find("function") != nullptr) restored.own_task = true;
    if (const auto handler = reader.text("handler")) {
        HandlerCall call{*handler, reader.text("arguments").value_or("")};
        reader.check("handler", job.set_task(std::move(call)));
    }
    if (const auto* command = reader.find("command"); command != nullptr) {
        const auto* const members = command->if_object();
        if (members == nullptr) return fail(ErrorCode::corrupt, "command: must be an object");
        auto read = read_command(*members);
        if (!read) return tl::unexpected(std::move(read).error());
        reader.check("command", job.set_task(std::move(*read)));
    }
    if (const auto* http = reader.find("http"); http != nullptr) {
        const auto* const members = http->if_object();
        if (members == nullptr) return fail(ErrorCode::corrupt, "http: must be an object");
        auto read = read_request(*members);
        if (!read) return tl::unexpected(std::move(read).error());
        reader.check("http", job.set_task(std::move(*read)));
    }
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
    if (const auto strategy = reader.text("run_strategy")) {
        if (*strategy == "local") {
            job.set_run_strategy(std::make_shared<LocalStrategy>());
        } else {
            restored.own_run_strategy = true;
        }
    }
    read_schedule(reader, restored);
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return restored;
}

}  // namespace quantum::sqlite
