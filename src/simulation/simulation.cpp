#include "quantum/testing/simulation.hpp"

#include <cstdlib>
#include <numeric>
#include <utility>

#include "simulation/simulation_world.hpp"

namespace quantum {

Simulation::Simulation(std::uint64_t seed, SimulationOptions options)
    : world_(std::make_unique<World>(seed, std::move(options))) {}

Simulation::~Simulation() = default;

void Simulation::add(Job job) {
    std::vector<Job> jobs;
    jobs.push_back(std::move(job));
    world_->add(std::move(jobs));
}

void Simulation::add(std::vector<Job> jobs) { world_->add(std::move(jobs)); }

void Simulation::script(const std::string& job, Script script) {
    world_->script(job, std::move(script));
}

void Simulation::run(Duration span) { world_->run(span); }

SimulationReport Simulation::finish(Duration rest) { return world_->finish(rest); }

Scheduler& Simulation::scheduler() { return world_->scheduler(); }

SimulatedClock& Simulation::clock() { return world_->clock(); }

verify::History Simulation::history() const { return world_->history(); }

std::string SimulationReport::text() const {
    std::string text = "seed " + std::to_string(seed) + " (QUANTUM_SEED=" + std::to_string(seed) +
                       " replays it)\nstruck:";
    bool calm = true;
    for (std::size_t kind = 0; kind < simulated_fault_kinds; ++kind) {
        if (struck.at(kind) == 0) continue;
        calm = false;
        text += " " + std::string(to_string(static_cast<SimulatedFault>(kind))) + " x" +
                std::to_string(struck.at(kind));
    }
    if (calm) text += " nothing";
    text += "\n";
    for (const std::string& problem : problems) text += problem + "\n";
    return text + verify::to_text(verdict);
}

std::vector<std::uint64_t> simulation_seeds(std::size_t count) {
    // Read before any thread of a test starts.
    const char* one = std::getenv("QUANTUM_SEED");  // NOLINT(concurrency-mt-unsafe)
    if (one != nullptr) return {std::strtoull(one, nullptr, 10)};
    const char* many = std::getenv("QUANTUM_SEEDS");  // NOLINT(concurrency-mt-unsafe)
    if (many != nullptr) count = std::strtoull(many, nullptr, 10);
    std::vector<std::uint64_t> seeds(count);
    std::iota(seeds.begin(), seeds.end(), std::uint64_t{1});
    return seeds;
}

}  // namespace quantum
