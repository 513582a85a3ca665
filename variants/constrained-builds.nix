# SPDX-License-Identifier: GPL-3.0-or-later
#
# Building NixOS, or cross-building it for ARM, on a machine with less than 32 GB of memory:
# evaluation alone can take 8 GB and parallel compilation 40 GB. Each measure can be set apart.
{
  config,
  lib,
  utils,
  ...
}:

let
  cfg = config.archibald.constrainedBuilds;
  inherit (lib)
    mkDefault
    mkIf
    mkOption
    types
    ;

  # Memory and swap together that a full build gets by with.
  totalGiB = 56;

  # By the name that NixOS gives the unit.
  makesSwap = "mkswap-${lib.replaceStrings [ "\\" ] [ "" ] (utils.escapeSystemdPath cfg.swapFile)}";
in
{
  options.archibald.constrainedBuilds = {
    enable = lib.mkEnableOption "measures for building on a machine with less than 32 GB of memory";
    memoryGiB = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      description = "The machine's memory; what is missing to ${toString totalGiB} GiB becomes swap.";
    };
    swapGiB = mkOption {
      type = types.ints.unsigned;
      default = if cfg.memoryGiB == null then 0 else lib.max 0 (totalGiB - cfg.memoryGiB);
      defaultText = lib.literalMD "${toString totalGiB} less `memoryGiB`";
      description = "Size of a swap file for builds; 0 makes none.";
    };
    swapFile = mkOption {
      type = types.path;
      default = "/var/lib/archibald/build.swap";
      description = "Where the swap file is.";
    };
    maxJobs = mkOption {
      type = types.ints.positive;
      default = 1;
      description = "How many builds run at once.";
    };
    cores = mkOption {
      type = types.ints.positive;
      default = 4;
      description = "How many processors each of them may use.";
    };
    memoryMax = mkOption {
      type = types.nullOr types.str;
      default = "80%";
      description = ''
        What the Nix daemon and its builds may take of the memory, as systemd's `MemoryMax`.
        Null: no limit.
      '';
    };
    isolatedCores = mkOption {
      type = types.nullOr (types.strMatching "[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*");
      default = null;
      example = "2-7";
      description = ''
        Processors that are kept from everything else (`isolcpus`) and on which builds run. Not
        together with processors that are kept for audio.
      '';
    };
    earlyoom = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a build is ended before the machine stands still for lack of memory.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion =
          cfg.isolatedCores != null -> lib.count (lib.hasPrefix "isolcpus=") config.boot.kernelParams == 1;
        message = ''
          archibald.constrainedBuilds.isolatedCores sets isolcpus, which boot.kernelParams has
          already, for audio: keep processors for one of the two.
        '';
      }
    ];

    swapDevices = mkIf (cfg.swapGiB > 0) [
      {
        device = cfg.swapFile;
        size = cfg.swapGiB * 1024;
      }
    ];

    # NixOS's unit makes the file but not its directory, which need not be there: on a machine whose
    # accounts have no password files nothing else has made it. The unit runs before tmpfiles do,
    # and with a umask that would leave a directory nobody can enter.
    systemd.services.${makesSwap} = mkIf (cfg.swapGiB > 0) {
      preStart = "mkdir -p -m 0755 ${lib.escapeShellArg (dirOf cfg.swapFile)}";
    };

    nix.settings = {
      max-jobs = mkDefault cfg.maxJobs;
      cores = mkDefault cfg.cores;
    };

    systemd.services.nix-daemon = {
      serviceConfig = {
        MemoryMax = mkIf (cfg.memoryMax != null) (mkDefault cfg.memoryMax);
        # The kernel leaves isolated processors alone; who is to run there is put there, as by
        # taskset.
        CPUAffinity = mkIf (cfg.isolatedCores != null) (mkDefault cfg.isolatedCores);
      };
      # Unpacked sources go to the disk, even if somebody puts /tmp into memory.
      environment.TMPDIR = mkDefault "/var/tmp";
    };
    boot.kernelParams = mkIf (cfg.isolatedCores != null) [ "isolcpus=${cfg.isolatedCores}" ];

    services.earlyoom.enable = mkDefault cfg.earlyoom;
    boot.tmp.useTmpfs = mkDefault false;
  };
}
