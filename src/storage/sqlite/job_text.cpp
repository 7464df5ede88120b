#include "storage/sqlite/job_text.hpp"

#include <array>
#include <utility>

#include <boost/json.hpp>

#include "storage/sqlite/json_reader.hpp"
#include "storage/sqlite/policy_text.hpp"
#include "storage/sqlite/schedule_text.hpp"

namespace quantum::sqlite {
namespace {

json::object command_object(const Command& command) {
    json::object object;
    json::array argv;
    for (const auto& word : command.argv) argv.emplace_back(word);
    object["argv"] = std::move(argv);
    if (!command.environment.empty()) {
        json::array environment;
        for (const auto& [name, value] : command.environment) {
            environment.emplace_back(json::array{name, value});
        }
        object["environment"] = std::move(environment);
    }
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

struct TaskWriter {
    json::object& object;

    void operator()(std::monostate) const {}
    void operator()(const Function&) const { object["function"] = true; }
    void operator()(const ExecutionFunction&) const { object["function"] = true; }
    void operator()(const Shared<HandlerCall>& shared) const {
        const HandlerCall& call = *shared;
        object["handler"] = call.name;
        object["arguments"] = call.arguments;
    }
    void operator()(const Shared<Command>& command) const {
        object["command"] = command_object(*command);
    }
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
    if (const auto* environment = reader.find("environment"); environment != nullptr) {
        const auto* const pairs = environment->if_array();
        for (std::size_t i = 0; pairs != nullptr && i < pairs->size(); ++i) {
            const auto* const pair = (*pairs)[i].if_array();
            if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() ||
                !(*pair)[1].is_string()) {
                reader.refuse("environment", "must hold pairs of texts");
                break;
            }
            command.environment.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
        }
        if (pairs == nullptr) reader.refuse("environment", "must be an array");
    }
    command.input = reader.text("input");
    command.working_directory = reader.text("working_directory").value_or("");
    if (const auto timeout = reader.integer("timeout_us")) command.timeout = Duration(*timeout);
    if (const auto after = reader.integer("kill_after_us")) command.kill_after = Duration(*after);
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return command;
}

}  // namespace

std::string definition_text(const Job& job) {
    json::object object;
    std::visit(TaskWriter{object}, job.task());
    write_policies(object, job);
    if (job.schedule()) write_schedules(object, *job.schedule(), job.name());
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
    read_policies(reader, job, restored);
    read_schedules(reader, job.name(), restored);
    if (auto status = reader.finish(); !status) return tl::unexpected(std::move(status).error());
    return restored;
}

}  // namespace quantum::sqlite
