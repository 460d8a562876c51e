# The front door. The build itself is CMake's (CMakeLists.txt, CMakePresets.json).
#   make demo     make check     make help
PREFIX ?= /usr/local
PRESET ?= release
FUZZ_SECONDS ?= 60

.PHONY: build demo check tidy coverage torture wheel install format fuzz clean help deps

build: deps
	cmake --preset $(PRESET)
	cmake --build build/$(PRESET)

demo: deps
	@scripts/demo

check:
	@scripts/deps build check
	@scripts/check

tidy:
	@scripts/deps build check
	@scripts/tidy

coverage:
	@scripts/deps build check
	@scripts/coverage

torture: PRESET = release
torture: build
	@scripts/deps build check
	@scripts/torture long

install: PRESET = release
install: build
	cmake --install build/release --prefix $(PREFIX)

wheel: deps
	@scripts/wheel

format:
	@scripts/deps check
	@scripts/format

fuzz:
	@scripts/deps build check
	@scripts/fuzz $(FUZZ_SECONDS)

clean:
	rm -rf build

deps:
	@scripts/deps build

help:
	@echo "make build    compile the library and the program (PRESET=release, dev, asan+ubsan, tsan)"
	@echo "make demo     generate Darcy flow, train recraft and naive fine-tuning on it, show both"
	@echo "make check    format, tests, sanitizers, a second compiler, docs, install"
	@echo "make tidy     clang-tidy over the source"
	@echo "make coverage which share of the lines the tests run, of each room"
	@echo "make torture  kills, full and broken disks and want of memory, at every place where the program can meet them"
	@echo "make wheel    the Python package with all its libraries, in build/dist"
	@echo "make install  install under PREFIX (default /usr/local)"
	@echo "make format   format the source in place"
	@echo "make fuzz     fuzz the file readers, FUZZ_SECONDS each (default 60)"
	@echo "make clean    remove the build folder"
	@echo "Missing packages are installed first; scripts/deps --list build check names them."
