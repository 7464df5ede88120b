// A storage adapter of one's own: the eight calls of Quantum for Elixir, kept in a map here, in a
// database there.
#include <iostream>
#include <map>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include <quantum/quantum.hpp>
#include <quantum/storage/elixir_storage.hpp>

class Notebook final : public quantum::ElixirStorage {
public:
    quantum::Result<std::optional<std::vector<quantum::Job>>> jobs() override {
        if (!jobs_) return std::optional<std::vector<quantum::Job>>{};
        std::vector<quantum::Job> all;
        for (const auto& [name, job] : *jobs_) all.push_back(job);
        return std::optional(all);
    }
    quantum::Status add_job(const quantum::Job& job) override {
        if (!jobs_) jobs_.emplace();
        jobs_->insert_or_assign(job.name(), job);
        return {};
    }
    quantum::Status delete_job(std::string_view name) override {
        jobs_->erase(std::string(name));
        return {};
    }
    quantum::Status update_job_state(std::string_view name, quantum::JobState state) override {
        jobs_->at(std::string(name)).set_state(state);
        return {};
    }
    quantum::Result<std::optional<quantum::WallTime>> last_execution_date() override {
        return last_;
    }
    quantum::Status update_last_execution_date(quantum::WallTime instant) override {
        last_ = instant;
        return {};
    }
    quantum::Status purge() override {
        jobs_.reset();
        return {};
    }

private:
    std::optional<std::map<std::string, quantum::Job>> jobs_;
    std::optional<quantum::WallTime> last_;
};

int main() {
    Notebook notebook;
    for (const char* life : {"first", "second"}) {
        std::binary_semaphore ran{0};
        quantum::SchedulerConfig config;
        config.storage = std::make_shared<quantum::ElixirStorageAdapter>(notebook);
        config.handlers["greet"] = [&](quantum::ExecutionContext&, std::string_view whom) {
            std::cout << "hello " << whom << '\n';
            ran.release();
        };
        // Taken in the first life only: in the second one the notebook knows jobs.
        config.jobs = {quantum::JobSpec{.name = "greet",
                                        .schedule = "@every 1s",
                                        .task = quantum::HandlerCall{"greet", "world"}}};
        quantum::Scheduler scheduler(std::move(config));
        if (auto started = scheduler.start(); !started) {
            return std::cerr << started.error().message << '\n', 1;
        }
        ran.acquire();
        if (auto stopped = scheduler.stop(); !stopped) {
            return std::cerr << stopped.error().message << '\n', 1;
        }
        std::cout << life << " life over\n";
    }
}
