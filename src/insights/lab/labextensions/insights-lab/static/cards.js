// The two cards of JupyterLab's launcher: where a newcomer starts, and where a new analysis does.
//
// JupyterLab loads an extension as a container with `init` and `get` (module federation). Two cards
// need no more than that, so it is written by hand: no node, no build, nothing generated to keep.
(() => {
  "use strict";
  const NAME = "insights-lab";
  const FOLDER = "notebooks";
  let scope = {};

  // Modules that JupyterLab shares. Of several versions the one in use is the one of its core.
  const shared = async (name) => {
    const versions = Object.values(scope[name] || {});
    const found = versions.find((one) => one.loaded || one.eager) || versions[0];
    if (!found) throw new Error(`JupyterLab shares no ${name}`);
    return (await found.get())();
  };

  const drawn = (path) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke-width="2" ` +
    `stroke-linecap="round"><path class="jp-icon3" stroke="#616161" d="${path}"/></svg>`;

  const extension = async () => {
    const [{ ILauncher }, { LabIcon }, { InputDialog, showErrorMessage }] = await Promise.all(
      ["launcher", "ui-components", "apputils"].map((name) => shared(`@jupyterlab/${name}`)),
    );

    // The workspace is the server's folder; whoever serves the notebooks alone has them at the top.
    const open = async (app, name) => {
      const { contents } = app.serviceManager;
      const inFolder = `${FOLDER}/${name}`;
      const path = await contents.get(inFolder, { content: false }).then(() => inFolder, () => name);
      return app.commands.execute("docmanager:open", { path });
    };

    // Ask a kernel of its own, which says the notebook's path or what was wrong.
    const made = async (app, name) => {
      const kernel = await app.serviceManager.kernels.startNew({ name: "python3" });
      try {
        let path = "";
        let wrong = null;
        const asked = kernel.requestExecute({
          code: `from insights.lab.skeleton import begin; print(begin(${JSON.stringify(name)}))`,
        });
        asked.onIOPub = ({ header, content }) => {
          if (header.msg_type === "stream" && content.name === "stdout") path += content.text;
          if (header.msg_type === "error") wrong = content.evalue;
        };
        await asked.done;
        if (wrong !== null) throw new Error(wrong);
        return path.trim();
      } finally {
        await kernel.shutdown();
      }
    };

    const activate = (app, launcher) => {
      app.commands.addCommand("insights:start-here", {
        label: "Start here",
        caption: "What can be found out in ten minutes?",
        icon: new LabIcon({ name: "insights:start", svgstr: drawn("M4 20V4M4 20H20M8 16l4-5 3 3 5-7") }),
        execute: () => open(app, "start_here.ipynb"),
      });
      app.commands.addCommand("insights:new-analysis", {
        label: "New analysis",
        caption: "A notebook to begin with; in a clone of the repository also its module, catalog entry and test",
        icon: new LabIcon({ name: "insights:new", svgstr: drawn("M6 20v-5M12 20V9M18 8V4M16 6h4M18 20v-8") }),
        execute: async () => {
          const { value } = await InputDialog.getText({
            title: "New analysis",
            label: "Its name: small letters, digits and _",
            placeholder: "basket_size",
          });
          if (!value) return;
          try {
            await open(app, await made(app, value));
          } catch (error) {
            await showErrorMessage("There is no new analysis", error.message);
          }
        },
      });
      ["insights:start-here", "insights:new-analysis"].forEach((command, rank) =>
        launcher.add({ command, category: "Insights", rank }),
      );
    };

    return { id: `${NAME}:cards`, autoStart: true, requires: [ILauncher], activate };
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: (given) => {
      scope = given;
    },
    get: async () => {
      const plugin = await extension();
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
