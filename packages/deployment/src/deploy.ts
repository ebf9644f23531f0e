import type { DeployOptions, DeployRequest } from "./deploy-request.ts";
import type { Deployment } from "./deployment.ts";
import { DeploymentControl } from "./deployment-control.ts";
import { planDeployment } from "./deployment-plan.ts";
import { LiveDeployment } from "./live-deployment.ts";

/**
 * Starts what `request` asks for, or attaches to it where it is there already (waking it if it was stopped), and returns as soon as the
 * provider has taken all nodes on; {@link Deployment.untilReady} waits for the rest.
 *
 * When it rejects, it leaves nothing behind that was not there before; where the provider does not let it, the next reconciliation goes
 * on with that.
 *
 * @throws InvalidDeployRequestError, NoCapacityError, DeploymentFailedError, ScopeChangedError, UnreadableDeploymentError, or what the
 * provider or the store failed with.
 */
export async function deploy(request: DeployRequest, options: DeployOptions = {}): Promise<Deployment> {
  const { signal, onProgress = () => {} } = options;
  const plan = await planDeployment(request, { signal });
  const { control, isNew } = await DeploymentControl.attach(plan, { signal });
  control.onProgress = onProgress;
  try {
    await control.bringUp({ signal });
    signal?.throwIfAborted();
    return new LiveDeployment(control);
  } catch (error) {
    // The first failure is the one to tell.
    await giveUp(control, isNew).catch(() => {});
    throw error;
  }
}

async function giveUp(control: DeploymentControl, isNew: boolean): Promise<void> {
  const { endsWithHolders } = control.plan.request.provider.capabilities;
  const isLast = await control.leave({ endsWithLast: isNew || endsWithHolders });
  control.release();
  if (isLast) await control.converge(() => false, {});
}
